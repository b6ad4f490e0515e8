package dev.reversetunnel.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** One byte there and back, again and again, on one connection. */
final class PingLoad {
    private static final int MAX_SAMPLES = 4_000_000;
    /** How long an answer may be late before the measure is given up. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private PingLoad() {}

    /** Round-trip times in nanoseconds, sorted. */
    static long[] run(InetSocketAddress target, Duration warmUp, Duration duration) throws IOException {
        ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "ping-watch");
            thread.setDaemon(true);
            return thread;
        });
        try (SocketChannel channel = SocketChannel.open(target)) {
            Duration limit = warmUp.plus(duration).plus(PATIENCE);
            watch.schedule(() -> close(channel), limit.toMillis(), TimeUnit.MILLISECONDS);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            ByteBuffer one = ByteBuffer.allocateDirect(1);
            for (long end = System.nanoTime() + warmUp.toNanos(); System.nanoTime() < end; ) {
                roundTrip(channel, one);
            }
            long[] samples = new long[MAX_SAMPLES];
            int size = 0;
            long before = System.nanoTime();
            for (long end = before + duration.toNanos(); before < end && size < MAX_SAMPLES; size++) {
                roundTrip(channel, one);
                long after = System.nanoTime();
                samples[size] = after - before;
                before = after;
            }
            long[] sorted = Arrays.copyOf(samples, size);
            Arrays.sort(sorted);
            return sorted;
        } finally {
            watch.shutdownNow();
        }
    }

    private static void roundTrip(SocketChannel channel, ByteBuffer one) throws IOException {
        one.clear();
        one.put(0, LoadOrigin.ECHO);
        channel.write(one);
        if (channel.read(one.clear()) < 0) {
            throw new EOFException("connection ended");
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // the one who waits in it learns that it is closed
        }
    }
}
