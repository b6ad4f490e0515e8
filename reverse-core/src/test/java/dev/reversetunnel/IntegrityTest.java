package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.lab.FaultProxy;
import dev.reversetunnel.lab.Faults;
import dev.reversetunnel.lab.Leftovers;
import dev.reversetunnel.lab.Side;
import dev.reversetunnel.lab.TunnelExtension;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Everything arrives as it was sent, or both ends see an error: 50 visitors at a time send and receive through a
 * network that has all faults in turn, and loses its tunnels each time, in all ways in turn. {@code -Dintegrity.bytes}
 * says how many bytes are carried, both ways counted: 256 MiB unless set, 10 GiB with {@code -Plong}.
 */
class IntegrityTest {
    private static final long BYTES = number("integrity.bytes", 256L << 20);
    private static final int VISITORS = 50;
    private static final int TUNNELS = 4;
    private static final int MESSAGE = 512 * 1024;
    private static final int DIGEST = 32;

    /** In place of 3 s: tunnels that vanish without a word are given up three times as late. */
    private static final Duration PING_INTERVAL = Duration.ofMillis(500);

    private static final Duration BLACK_HOLE = Duration.ofMillis(700);

    /** What the network is like, for so many bytes of both directions. */
    private record Weather(String name, long bytes, Consumer<Faults> faults) {}

    private static final List<Weather> WEATHER = List.of(
            new Weather(
                    "far away",
                    32 << 20,
                    way -> way.delay(Duration.ofMillis(10)).jitter(Duration.ofMillis(10))),
            new Weather("in pieces", 16 << 20, way -> way.split(1, 8_000)),
            new Weather("in single bytes", 64 << 10, Faults::singleBytes),
            new Weather("with stalls", 32 << 20, way -> way.stall(2 << 20, Duration.ofMillis(100))),
            new Weather("slow", 16 << 20, way -> way.throttle(8_000_000)),
            new Weather(
                    "all of it",
                    16 << 20,
                    way -> way.delay(Duration.ofMillis(3))
                            .jitter(Duration.ofMillis(5))
                            .split(1, 30_000)
                            .stall(1 << 20, Duration.ofMillis(50))
                            .throttle(20_000_000)));

    /** How tunnels are lost. */
    private static final List<Consumer<FaultProxy>> BLOWS = List.of(
            line -> line.toTarget().resetOnceAfter(1),
            line -> line.fromTarget().cutOnceAfter(1),
            FaultProxy::forget,
            line -> line.halfOpen(Side.CLIENT),
            line -> line.fromTarget().resetOnceAfter(1),
            line -> line.halfOpen(Side.TARGET),
            line -> line.toTarget().cutOnceAfter(1),
            IntegrityTest::pullTheCable);

    private final BlockingQueue<String> wrongAtOrigin = new LinkedBlockingQueue<>();
    private final AtomicLong brokenAtOrigin = new AtomicLong();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private Origin origin;

    @RegisterExtension
    final TunnelExtension tunnel = TunnelExtension.carriedBy(
                    Plain.server(Transport.tcp(), 0, Grant.REGISTER), port -> Plain.client(Transport.tcp(), port))
            .portal(portal -> portal.waitForBridge(Duration.ofSeconds(20)).pingInterval(PING_INTERVAL))
            .bridge(bridge -> bridge.forward("127.0.0.1", origin.port())
                    .tunnels(TUNNELS, TUNNELS)
                    .pingInterval(PING_INTERVAL))
            .patience(Duration.ofSeconds(20))
            .tolerate(Leftovers.Kind.BUFFER); // all tests here have a watch over buffers already

    @BeforeEach
    void start() throws IOException {
        origin = new Origin(this::echo, failure -> brokenAtOrigin.incrementAndGet());
    }

    @AfterEach
    void stop() throws IOException {
        origin.close();
        threads.shutdownNow();
    }

    /** A number that the build sets, or leaves empty. */
    static long number(String property, long unlessSet) {
        String value = System.getProperty(property, "");
        return value.isEmpty() ? unlessSet : Long.parseLong(value);
    }

    @Test
    void what_passes_a_bad_network_arrives_as_it_was_sent_or_both_ends_see_an_error(FaultProxy line) throws Exception {
        AtomicLong carried = new AtomicLong();
        AtomicLong broken = new AtomicLong();
        CompletableFuture<Void> weather = CompletableFuture.runAsync(() -> change(line, carried), threads);
        List<CompletableFuture<Void>> visitors = new ArrayList<>();
        for (int i = 0; i < VISITORS; i++) {
            int seed = i;
            visitors.add(CompletableFuture.runAsync(() -> visit(seed, carried, broken), threads));
        }
        for (CompletableFuture<Void> visitor : visitors) {
            visitor.get();
        }
        weather.get();

        then(wrongAtOrigin).isEmpty();
        then(carried.get()).isGreaterThanOrEqualTo(BYTES);
        var up = line.toTarget().counts();
        var down = line.fromTarget().counts();
        then(up.resets() + down.resets()).as("resets").isPositive();
        then(up.cuts() + down.cuts()).as("cuts").isPositive();
        then(up.swallowedBytes() + down.swallowedBytes()).as("swallowed bytes").isPositive();
        then(up.stalls() + down.stalls()).as("stalls").isPositive();
        System.out.printf(
                "integrity: %d MiB in %d tunnels, %d resets, %d cuts, %d bytes swallowed without a word, %d stalls, %d"
                        + " pieces; %d of the visitors' and %d of the origins' connections broke; 0 bytes were wrong%n",
                carried.get() >> 20,
                line.accepted(),
                up.resets() + down.resets(),
                up.cuts() + down.cuts(),
                up.swallowedBytes() + down.swallowedBytes(),
                up.stalls() + down.stalls(),
                up.pieces() + down.pieces(),
                broken.get(),
                brokenAtOrigin.get());
    }

    /** Each weather and each blow once at least, and on until all is carried. */
    private void change(FaultProxy line, AtomicLong carried) {
        Random random = new Random(5);
        for (int i = 0; i < BLOWS.size() || carried.get() < BYTES; i++) {
            Weather weather = WEATHER.get(i % WEATHER.size());
            line.clear();
            awaitTunnels(carried);
            line.both(way -> weather.faults().accept(way));
            awaitPassed(line, random.nextLong(weather.bytes() / 4), carried);
            BLOWS.get(i % BLOWS.size()).accept(line);
            awaitPassed(line, weather.bytes(), carried);
        }
    }

    /**
     * All have proved themselves at the portal. One whose greeting was swallowed could be of V2Ray's: its silence
     * proves nothing while its TCP is alive, as it is to this proxy, and its visitors would wait. In single bytes, and
     * beside 50 visitors, a greeting may not come through in time ever.
     */
    private void awaitTunnels(AtomicLong carried) {
        while (carried.get() < BYTES
                && (tunnel.bridge().snapshot().tunnels().stream()
                                        .filter(each -> each.state() == TunnelState.ACTIVE)
                                        .count()
                                < TUNNELS
                        || tunnel.portal().snapshot().tunnels().stream()
                                        .filter(each -> each.roundTrip() != null)
                                        .count()
                                < TUNNELS)) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** So many bytes more, of both directions. */
    private static void awaitPassed(FaultProxy line, long bytes, AtomicLong carried) {
        long until = passed(line) + bytes;
        while (passed(line) < until && carried.get() < BYTES) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void pullTheCable(FaultProxy line) {
        line.both(Faults::blackHole);
        for (long end = System.nanoTime() + BLACK_HOLE.toNanos(); System.nanoTime() - end < 0; ) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
        line.clear();
    }

    private static long passed(FaultProxy line) {
        return line.toTarget().counts().passedBytes()
                + line.fromTarget().counts().passedBytes();
    }

    /** One visitor after the other, until all is carried. */
    private void visit(int seed, AtomicLong carried, AtomicLong broken) {
        Random random = new Random(seed);
        while (carried.get() < BYTES) {
            int length = 1 + random.nextInt(2 * MESSAGE);
            try (Socket visitor = Tunnels.visit(tunnel.portal())) {
                visitor.setSoTimeout(60_000);
                exchange(visitor, random.nextLong(), length);
                carried.addAndGet(2L * length);
            } catch (EOFException e) {
                throw new AssertionError("a clean end before everything had come", e);
            } catch (SocketException e) {
                broken.incrementAndGet();
            } catch (IOException e) {
                throw new AssertionError(
                        "neither whole nor reset; the ends are "
                                + tunnel.portal().snapshot() + " and "
                                + tunnel.bridge().snapshot(),
                        e);
            }
        }
    }

    /** Sends and receives the same bytes, and the digest of what came to the origin. */
    private void exchange(Socket visitor, long seed, int length) throws IOException {
        MessageDigest sent = sha256();
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> send(visitor, seed, length, sent), threads);
        MessageDigest received = sha256();
        DataInputStream in = new DataInputStream(visitor.getInputStream());
        try {
            digest(in, length, received);
            byte[] atOrigin = new byte[DIGEST];
            in.readFully(atOrigin);
            sending.join();
            byte[] expected = sent.digest();
            then(atOrigin).as("what the origin got").isEqualTo(expected);
            then(received.digest()).as("what came back").isEqualTo(expected);
            then(in.read()).as("behind the end").isEqualTo(-1);
        } catch (EOFException e) {
            if (sawReset(sending)) {
                throw new SocketException("reset");
            }
            throw e;
        } finally {
            visitor.close();
            sending.exceptionally(failure -> null).join();
        }
    }

    /** Linux tells a socket once that it was reset. If that was when it wrote, it reads an end afterwards. */
    private static boolean sawReset(CompletableFuture<Void> sending) {
        try {
            sending.get(10, TimeUnit.SECONDS);
            return false;
        } catch (ExecutionException e) {
            return true;
        } catch (TimeoutException | InterruptedException e) {
            throw new AssertionError("a clean end, and nobody minds what is still sent", e);
        }
    }

    private static void send(Socket visitor, long seed, int length, MessageDigest sent) {
        Random random = new Random(seed);
        byte[] piece = new byte[16 * 1024];
        try {
            DataOutputStream out = new DataOutputStream(visitor.getOutputStream());
            out.writeInt(length);
            for (int left = length; left > 0; left -= piece.length) {
                random.nextBytes(piece);
                int size = Math.min(left, piece.length);
                sent.update(piece, 0, size);
                out.write(piece, 0, size);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The origin: a clean end in the middle would be a lie. */
    private void echo(Socket socket) throws IOException {
        socket.setSoTimeout(60_000);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        MessageDigest digest = sha256();
        int first = in.read();
        if (first < 0) {
            return; // he had gone before he said anything
        }
        int length = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
        byte[] piece = new byte[16 * 1024];
        for (int left = length; left > 0; ) {
            int size = in.read(piece, 0, Math.min(left, piece.length));
            if (size < 0) {
                wrongAtOrigin.add("a clean end, and " + left + " of " + length + " bytes were still to come");
                return;
            }
            digest.update(piece, 0, size);
            socket.getOutputStream().write(piece, 0, size);
            left -= size;
        }
        socket.getOutputStream().write(digest.digest());
    }

    private static void digest(InputStream in, int length, MessageDigest digest) throws IOException {
        byte[] piece = new byte[16 * 1024];
        for (int left = length; left > 0; ) {
            int size = in.read(piece, 0, Math.min(left, piece.length));
            if (size < 0) {
                throw new EOFException(left + " of " + length + " bytes were still to come");
            }
            digest.update(piece, 0, size);
            left -= size;
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
