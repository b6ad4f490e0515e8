package dev.reversetunnel.peers;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * A server behind tunnels, at 127.0.0.1: plain blocking sockets, a daemon thread for each connection.
 *
 * <p>A tunnel leads to one origin, so the first byte of a connection says what is wanted of it; {@link Client} knows
 * them:
 *
 * <pre>
 * G  of GET: HTTP/1.1 with keep-alive, 200 and the body {@link #BODY} whatever the path is
 * E  echo of all bytes, this one too, until the end of input
 * D  size (8), seed (8): sends that many seeded bytes and closes
 * U  size (8), that many bytes: answers their SHA-256 (32) and closes. Not told by the end of input, as a half-closed
 *    connection does not survive V2Ray
 * P  as U, but reads nothing more until {@link #goOn}
 * H  bytes (8), answer (8), seed (8), pause in ms (8), that many bytes: waits, answers with so many seeded bytes, closes
 * F  the same, but what comes ends with the input: for ways that carry a half-close
 * R  closes with a reset
 * N  reads nothing more and does not close
 * </pre>
 *
 * <p>Safe for use by several threads.
 */
public final class Origin implements AutoCloseable {
    /** The body of each HTTP response. */
    public static final String BODY = "hello from the origin";

    static final char ECHO = 'E';
    static final char DOWNLOAD = 'D';
    static final char UPLOAD = 'U';
    static final char PAUSED_UPLOAD = 'P';
    static final char RESET = 'R';
    static final char ANSWER = 'H';
    static final char ANSWER_AT_END = 'F';
    static final char NEVER_READ = 'N';

    private final ServerSocket server;
    private final Conversation conversation;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<ProxyHeader> proxied = new CopyOnWriteArrayList<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();
    private final LongAdder sent = new LongAdder();
    private final CountDownLatch goingOn = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread acceptor = daemon(this::acceptAll, "origin");

    private interface Conversation {
        void hold(Origin origin, Socket socket) throws IOException, InterruptedException;
    }

    private Origin(ServerSocket server, Conversation conversation) {
        this.server = server;
        this.conversation = conversation;
    }

    /**
     * One that does what the first byte of a connection says.
     *
     * @return listening
     */
    public static Origin start() {
        return start(0);
    }

    /**
     * The same at a given port: an origin that comes back.
     *
     * @param port 0 picks one
     * @return listening
     */
    public static Origin start(int port) {
        return start(port, 0, (origin, socket) -> converse(origin, socket, buffered(socket)));
    }

    /**
     * One that does the same after a header of the PROXY protocol, version 1 or 2. A connection that begins with
     * something else is closed.
     *
     * @return listening
     */
    public static Origin behindProxy() {
        return start(0, 0, (origin, socket) -> {
            DataInputStream input = buffered(socket);
            origin.proxied.add(ProxyHeader.read(input));
            converse(origin, socket, input);
        });
    }

    /**
     * One that sends without being asked, then closes.
     *
     * @param bytes how many
     * @param seed of the bytes
     * @return listening
     */
    public static Origin speakingFirst(long bytes, long seed) {
        SeededBytes speech = new SeededBytes(bytes, seed);
        return start(0, 0, (origin, socket) -> speech.writeTo(socket.getOutputStream()));
    }

    /**
     * One that accepts and never reads, with a small receive buffer: whoever writes to it is soon stuck.
     *
     * @return listening
     */
    public static Origin neverReading() {
        return start(0, 8 * 1024, (origin, socket) -> origin.closed.await());
    }

    private static Origin start(int port, int receiveBuffer, Conversation conversation) {
        try {
            ServerSocket server = new ServerSocket();
            if (receiveBuffer > 0) {
                server.setReceiveBufferSize(receiveBuffer);
            }
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
            Origin origin = new Origin(server, conversation);
            origin.acceptor.start();
            return origin;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Where it listens.
     *
     * @return 1 to 65535
     */
    public int port() {
        return server.getLocalPort();
    }

    /**
     * Where it listens, as documents want it.
     *
     * @return {@code 127.0.0.1:port}
     */
    public String address() {
        return "127.0.0.1:" + port();
    }

    /**
     * Connections that have come so far.
     *
     * @return a count
     */
    public int accepted() {
        return accepted.get();
    }

    /**
     * Connections that have come and not ended.
     *
     * @return a count
     */
    public int open() {
        return open.size();
    }

    /**
     * Bytes of downloads that its sockets have taken.
     *
     * @return a count, over all connections
     */
    public long bytesSent() {
        return sent.sum();
    }

    /**
     * What {@link #behindProxy} was told.
     *
     * @return a header for each connection, oldest first
     */
    public List<ProxyHeader> proxied() {
        return List.copyOf(proxied);
    }

    /** Reads on where it has paused, and pauses no more. */
    public void goOn() {
        goingOn.countDown();
    }

    /** Cuts all connections with a reset, and goes on accepting. */
    public void resetAll() {
        open.forEach(Origin::reset);
    }

    /** Refuses whoever comes from now on; connections that are there go on. */
    public void stopListening() {
        closeQuietly(server);
        try {
            acceptor.join(); // it may be about to accept one more
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops listening and closes all connections. */
    @Override
    public void close() {
        goingOn.countDown();
        closed.countDown();
        closeQuietly(server);
        open.forEach(Origin::closeQuietly);
    }

    private void acceptAll() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                accepted.incrementAndGet();
                open.add(socket);
                daemon(() -> hold(socket), "origin-connection").start();
            } catch (IOException e) {
                // closed
            }
        }
    }

    private void hold(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            conversation.hold(this, socket);
        } catch (IOException e) {
            // The other end has gone; tests look at that end.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(socket);
        }
    }

    private static DataInputStream buffered(Socket socket) throws IOException {
        return new DataInputStream(new BufferedInputStream(socket.getInputStream(), 64 * 1024));
    }

    private static void converse(Origin origin, Socket socket, DataInputStream input)
            throws IOException, InterruptedException {
        OutputStream output = socket.getOutputStream();
        int first = input.read();
        switch (first) {
            case 'G' -> serveHttp(input, output);
            case ECHO -> {
                output.write(first);
                input.transferTo(output);
            }
            case DOWNLOAD -> new SeededBytes(input.readLong(), input.readLong()).writeTo(origin.counting(output));
            case UPLOAD -> new DataOutputStream(output).write(SeededBytes.digest(input, input.readLong()));
            case PAUSED_UPLOAD -> {
                origin.goingOn.await();
                new DataOutputStream(output).write(SeededBytes.digest(input, input.readLong()));
            }
            case ANSWER, ANSWER_AT_END -> origin.answer(socket, input, first == ANSWER_AT_END);
            case RESET -> reset(socket);
            case NEVER_READ -> origin.closed.await();
            default -> {
                // the end of input, or a test's mistake: closed
            }
        }
    }

    private void answer(Socket socket, DataInputStream input, boolean atEnd) throws IOException, InterruptedException {
        long bytes = input.readLong();
        SeededBytes answer = new SeededBytes(input.readLong(), input.readLong());
        long pauseMillis = input.readLong();
        String digest = HexFormat.of().formatHex(SeededBytes.digest(input, bytes));
        boolean ended = atEnd && input.read() < 0;
        if (closed.await(pauseMillis, TimeUnit.MILLISECONDS)) {
            return;
        }
        try {
            answer.writeTo(socket.getOutputStream());
            socket.shutdownOutput(); // a way that carries no half-close brings the end behind that
            ended |= input.read() < 0; // throws if it was reset
            heard.add(digest + (ended ? " end" : " more"));
        } catch (IOException e) {
            heard.add(digest + " reset");
            throw e;
        }
    }

    /**
     * What those said who wanted an answer at the end of what they say: its SHA-256, and how it ended, by {@code end}
     * or {@code reset}; in the order in which their answers were given.
     *
     * @return one line for each
     */
    public List<String> heard() {
        return List.copyOf(heard);
    }

    private OutputStream counting(OutputStream output) {
        return new FilterOutputStream(output) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
                sent.add(length);
            }
        };
    }

    private static void serveHttp(DataInputStream input, OutputStream output) throws IOException {
        byte[] response = ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + BODY.length()
                        + "\r\n\r\n" + BODY)
                .getBytes(StandardCharsets.US_ASCII);
        int lineEnds = 0;
        for (int next = input.read(); next >= 0; next = input.read()) {
            if (next == '\n' && ++lineEnds == 2) {
                output.write(response);
                lineEnds = 0;
            } else if (next != '\n' && next != '\r') {
                lineEnds = 0;
            }
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // closed meanwhile
        }
        closeQuietly(socket);
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
