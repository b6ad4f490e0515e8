package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Connections that each have a byte echoed, a few at a time, and then stay without doing anything. */
final class IdleLoad extends NioLoad {
    private final ByteBuffer one = ByteBuffer.allocateDirect(1);
    private final CountDownLatch echoed;
    private final long begin = System.nanoTime();
    private int missing;

    private IdleLoad(InetSocketAddress target, int sessions) throws IOException {
        super(target);
        echoed = new CountDownLatch(sessions);
        missing = sessions;
    }

    static IdleLoad open(InetSocketAddress target, int sessions, int atATime) throws IOException {
        IdleLoad load = new IdleLoad(target, sessions);
        int first = Math.min(sessions, atATime);
        load.missing -= first;
        load.start(first);
        return load;
    }

    /** Seconds until the last one had its echo. */
    double awaitAll(Duration most) throws IOException, InterruptedException {
        if (!echoed.await(most.toNanos(), TimeUnit.NANOSECONDS)) {
            check();
            throw new IOException(echoed.getCount() + " sessions gave no echo within " + most);
        }
        return (System.nanoTime() - begin) / 1e9;
    }

    @Override
    void connected(SelectionKey key, SocketChannel channel) throws IOException {
        one.clear();
        one.put(0, LoadOrigin.ECHO);
        channel.write(one);
    }

    @Override
    void ready(SelectionKey key, SocketChannel channel) throws IOException {
        read(channel, one);
        add(1);
        echoed.countDown();
        if (missing > 0) {
            missing--;
            open();
        }
    }
}
