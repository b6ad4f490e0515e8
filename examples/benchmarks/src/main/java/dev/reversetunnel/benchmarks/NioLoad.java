package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A number of connections kept busy by one thread until closed; one that breaks is counted and replaced. */
abstract class NioLoad implements AutoCloseable {
    /** Then the system is not fit for this load, and the rest of its time would be spent on failing. */
    private static final int MAX_ERRORS = 10_000;

    private final Selector selector;
    private final InetSocketAddress target;
    private final AtomicLong count = new AtomicLong();
    private final AtomicLong errors = new AtomicLong();
    private final Thread thread = new Thread(this::run, getClass().getSimpleName());
    private volatile @Nullable IOException failure;

    NioLoad(InetSocketAddress target) throws IOException {
        this.selector = Selector.open();
        this.target = target;
    }

    /** Is connected and may write. */
    abstract void connected(SelectionKey key, SocketChannel channel) throws IOException;

    /** Has something to read, or may write more, as it has asked for. */
    abstract void ready(SelectionKey key, SocketChannel channel) throws IOException;

    void start(int connections) throws IOException {
        for (int i = 0; i < connections; i++) {
            open();
        }
        thread.setDaemon(true);
        thread.start();
    }

    /** What has been done so far, in units of the load. */
    long count() {
        return count.get();
    }

    /** Connections that broke so far. */
    long errors() {
        return errors.get();
    }

    /** Throws what ended the load, if something has. */
    void check() throws IOException {
        IOException failed = failure;
        if (failed != null) {
            throw new IOException("the load ended: " + failed, failed);
        }
    }

    final void add(long done) {
        count.lazySet(count.get() + done); // one writer
    }

    /** Opens one more connection. */
    final void open() throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        // Loopback may connect at once; then being writable tells so.
        channel.register(selector, channel.connect(target) ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT);
    }

    /** The next bytes; the end of the stream is an error, as no load expects it. */
    static int read(SocketChannel channel, ByteBuffer buffer) throws IOException {
        int read = channel.read(buffer.clear());
        if (read < 0) {
            throw new IOException("connection ended");
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        thread.interrupt(); // closes what it works on, and the selector returns
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                selector.select(this::serve, 1_000);
                check();
            }
        } catch (IOException e) {
            failure = e;
        } catch (ClosedSelectorException e) {
            // closed
        }
    }

    private void serve(SelectionKey key) {
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (key.attachment() == null && channel.finishConnect()) {
                key.attach(this);
                key.interestOps(SelectionKey.OP_READ);
                connected(key, channel);
            } else {
                ready(key, channel);
            }
        } catch (IOException | CancelledKeyException e) {
            replace(channel, e);
        }
    }

    private void replace(SocketChannel channel, Exception cause) {
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        try {
            channel.close();
            if (errors.incrementAndGet() > MAX_ERRORS) {
                throw new IOException("more than " + MAX_ERRORS + " connections broke", cause);
            }
            open();
        } catch (IOException e) {
            failure = e;
        }
    }
}
