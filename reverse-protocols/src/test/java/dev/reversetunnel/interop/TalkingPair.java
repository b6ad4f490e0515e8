package dev.reversetunnel.interop;

import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Crowd;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A visitor and an origin with something between them, who hold talks; many at a time. */
final class TalkingPair implements AutoCloseable {
    /** How long one waits for the other's bytes or end. */
    private static final int PATIENCE_MILLIS = 20_000;

    /** No talk has this seed. */
    private static final long HELLO = -1;

    private static final int HELLO_MILLIS = 1_000;

    /** What both have seen in the end. */
    record Seen(Side visitor, Side origin) {
        /** How it has ended for either. */
        String shown() {
            return visitor.end() + "/" + origin.end();
        }
    }

    /**
     * What one has got.
     *
     * @param bytes how many
     * @param sha256 of them
     * @param end how it ended; {@code himself} if he did that
     */
    record Side(long bytes, String sha256, String end) {
        /** Whether it is the same that somebody else has got, however it has ended. */
        boolean hasHeard(Side other) {
            return bytes == other.bytes && sha256.equals(other.sha256);
        }
    }

    private final ServerSocket server = listening();
    private final Map<Long, CompletableFuture<Socket>> origins = new ConcurrentHashMap<>();
    private final Crowd crowd = new Crowd();

    TalkingPair() {
        crowd.send(this::acceptAll);
    }

    private static ServerSocket listening() {
        try {
            return new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int originPort() {
        return server.getLocalPort();
    }

    private Void acceptAll() throws IOException {
        while (true) {
            Socket socket = server.accept();
            crowd.send(() -> {
                socket.setTcpNoDelay(true);
                long seed = new DataInputStream(socket.getInputStream()).readLong();
                return origin(seed).complete(socket);
            });
        }
    }

    private CompletableFuture<Socket> origin(long seed) {
        return origins.computeIfAbsent(seed, any -> new CompletableFuture<>());
    }

    /** Whether a visitor of the port gets as far as the origin; soon, or he asks again. */
    boolean isReached(int port) throws Exception {
        try (Socket visitor = Client.connect(port)) {
            new DataOutputStream(visitor.getOutputStream()).writeLong(HELLO);
            origin(HELLO).get(HELLO_MILLIS, TimeUnit.MILLISECONDS).close();
            return true;
        } finally {
            origins.remove(HELLO);
        }
    }

    /** Holds a talk by what listens at the port. */
    Seen hold(Talk talk, int port) throws Exception {
        try (Socket visitor = Client.connect(port)) {
            new DataOutputStream(visitor.getOutputStream()).writeLong(talk.seed());
            try (Socket origin = origin(talk.seed()).get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                Talker one = new Talker(visitor, talk.seed());
                Talker other = new Talker(origin, talk.seed() + 1);
                for (Talk.Step step : talk.confirmed()) {
                    Future<Void> up = crowd.send(() -> one.send(step.up()));
                    Future<Void> down = crowd.send(() -> other.send(step.down()));
                    Future<Void> heard = crowd.send(() -> other.receive(step.up()));
                    one.receive(step.down());
                    heard.get();
                    up.get();
                    down.get();
                }
                return end(talk, one, other);
            } finally {
                origins.remove(talk.seed());
            }
        }
    }

    private Seen end(Talk talk, Talker visitor, Talker origin) throws Exception {
        return switch (talk.end()) {
            case VISITOR_CLOSES -> new Seen(visitor.close(0), origin.toEnd());
            case ORIGIN_CLOSES -> reverse(origin.close(0), visitor.toEnd());
            case VISITOR_SENDS_AND_CLOSES -> {
                Future<Side> heard = crowd.send(origin::toEnd);
                yield new Seen(visitor.close(talk.last().up()), heard.get());
            }
            case ORIGIN_SENDS_AND_CLOSES -> {
                Future<Side> heard = crowd.send(visitor::toEnd);
                yield reverse(origin.close(talk.last().down()), heard.get());
            }
            case VISITOR_RESETS -> new Seen(visitor.reset(origin), origin.toEnd());
            case ORIGIN_RESETS -> reverse(origin.reset(visitor), visitor.toEnd());
            case VISITOR_ENDS_HIS_OUTPUT -> {
                // One who has said nothing since he was answered has most likely gone, and our portal takes him for it.
                int question = Math.max(1, talk.last().up());
                Future<Void> heard = crowd.send(() -> origin.receive(question));
                visitor.send(question);
                visitor.socket.shutdownOutput();
                Future<Side> answer = crowd.send(visitor::toEnd);
                heard.get();
                yield reverse(origin.answerAndClose(talk.last().down()), answer.get());
            }
        };
    }

    private static Seen reverse(Side origin, Side visitor) {
        return new Seen(visitor, origin);
    }

    @Override
    public void close() {
        crowd.close();
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One of the two. */
    private static final class Talker {
        private final Socket socket;
        private final SplittableRandom random;
        private final MessageDigest digest = sha256();
        private long received;

        Talker(Socket socket, long seed) throws IOException {
            this.socket = socket;
            this.random = new SplittableRandom(seed);
            socket.setSoTimeout(PATIENCE_MILLIS);
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        Void send(int bytes) throws IOException {
            byte[] block = new byte[bytes];
            random.nextBytes(block);
            OutputStream output = socket.getOutputStream();
            output.write(block);
            return null;
        }

        Void receive(int bytes) throws IOException {
            byte[] block = new byte[bytes];
            new DataInputStream(socket.getInputStream()).readFully(block);
            digest.update(block);
            received += bytes;
            return null;
        }

        Side toEnd() {
            byte[] block = new byte[64 * 1024];
            String end = "clean";
            try {
                for (int read = socket.getInputStream().read(block);
                        read >= 0;
                        read = socket.getInputStream().read(block)) {
                    digest.update(block, 0, read);
                    received += read;
                }
            } catch (SocketTimeoutException e) {
                end = "never";
            } catch (IOException e) {
                end = "reset";
            }
            return side(end);
        }

        Side close(int bytes) throws IOException {
            send(bytes);
            socket.close();
            return side("himself");
        }

        /** Who ended his output may have gone: then he is not there for the answer. */
        Side answerAndClose(int bytes) throws IOException {
            try {
                send(bytes);
            } catch (IOException e) {
                return side("himself");
            }
            return close(0);
        }

        Side reset(Talker other) throws IOException {
            send(1); // see RandomTalksIT: V2Ray has read nothing larger last
            other.receive(1);
            socket.setSoLinger(true, 0);
            socket.close();
            return side("himself");
        }

        private Side side(String end) {
            return new Side(received, HexFormat.of().formatHex(digest.digest()), end);
        }
    }
}
