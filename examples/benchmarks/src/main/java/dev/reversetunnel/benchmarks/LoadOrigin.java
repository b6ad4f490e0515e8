package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The server behind the tunnels: one thread, no garbage.
 *
 * <p>The first byte of a connection says what it is for, as one tunnel leads to one origin: {@code G} of {@code GET}
 * HTTP with keep-alive, {@link #ECHO}, {@link #SOURCE} bytes until the other end closes, {@link #SINK} whatever comes.
 */
final class LoadOrigin implements AutoCloseable {
    static final byte ECHO = 'E';
    static final byte SOURCE = 'D';
    static final byte SINK = 'U';
    static final String REQUEST = "GET / HTTP/1.1\r\nHost: origin\r\n\r\n";

    static final byte HTTP = 'G';
    static final String RESPONSE =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n" + "0123456789".repeat(10);
    /** Of the whole response, head and body: always the same, so that the load need not parse it. */
    static final int RESPONSE_BYTES = RESPONSE.length();

    private final Selector selector;
    private final ServerSocketChannel server;
    private final ByteBuffer input = ByteBuffer.allocateDirect(256 * 1024);
    private final ByteBuffer bulk = ByteBuffer.allocateDirect(256 * 1024);
    private final ByteBuffer response = ByteBuffer.allocateDirect(RESPONSE_BYTES)
            .put(RESPONSE.getBytes(StandardCharsets.US_ASCII))
            .flip();
    private final AtomicLong sunk = new AtomicLong();
    private final Thread thread = new Thread(this::run, "load-origin");

    private LoadOrigin() throws IOException {
        selector = Selector.open();
        server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4096);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
    }

    static LoadOrigin start() throws IOException {
        LoadOrigin origin = new LoadOrigin();
        origin.thread.setDaemon(true);
        origin.thread.start();
        return origin;
    }

    int port() {
        return server.socket().getLocalPort();
    }

    /** Bytes that all sinks have received so far. */
    long sunk() {
        return sunk.get();
    }

    @Override
    public void close() throws IOException {
        selector.close();
        server.close();
    }

    private void run() {
        try {
            while (selector.isOpen()) {
                selector.select(this::serve);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (java.nio.channels.ClosedSelectorException e) {
            // closed while it waited
        }
    }

    private void serve(SelectionKey key) {
        if (key.channel() == server) {
            accept();
            return;
        }
        try {
            serve(key, (SocketChannel) key.channel());
        } catch (IOException | CancelledKeyException e) {
            end(key); // a reset is how bulk loads end
        }
    }

    private void accept() {
        try {
            for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.register(selector, SelectionKey.OP_READ);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(SelectionKey key, SocketChannel channel) throws IOException {
        if (key.isWritable()) {
            channel.write(bulk.clear());
            return;
        }
        int read = channel.read(input.clear());
        if (read < 0) {
            end(key);
            return;
        }
        if (read == 0) {
            return;
        }
        Conversation conversation = (Conversation) key.attachment();
        if (conversation == null) {
            conversation = new Conversation(input.get(0));
            key.attach(conversation);
        }
        switch (conversation.kind) {
            case HTTP -> {
                for (int i = 0; i < read; i++) {
                    if (conversation.heads.endsHead(input.get(i))) {
                        writeFully(channel, response.rewind());
                    }
                }
            }
            case SOURCE -> key.interestOps(SelectionKey.OP_WRITE);
            case SINK -> sunk.lazySet(sunk.get() + read);
            default -> writeFully(channel, input.flip());
        }
    }

    /** Small answers to a peer that reads them: the socket has room, or will have at once. */
    private static void writeFully(SocketChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static void end(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Conversation {
        private final byte kind;
        private final HeadEnds heads = new HeadEnds();

        Conversation(byte kind) {
            this.kind = kind;
        }
    }

    /** Finds the ends of requests. */
    static final class HeadEnds {
        private int lineEnds;

        /** An empty line ends the head, and a GET has no body. */
        boolean endsHead(byte next) {
            if (next == '\n') {
                lineEnds++;
            } else if (next != '\r') {
                lineEnds = 0;
            }
            boolean ended = lineEnds == 2;
            if (ended) {
                lineEnds = 0;
            }
            return ended;
        }
    }
}
