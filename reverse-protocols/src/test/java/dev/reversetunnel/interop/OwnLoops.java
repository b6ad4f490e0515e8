package dev.reversetunnel.interop;

import dev.reversetunnel.CommonLoops;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The library's event loops, of which it is known how late they come to what is due. Netty's own epoll would do less:
 * it resets some connections of which one direction has ended, and never accepts again at a port that has paused.
 */
final class OwnLoops {
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long STEP_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private final EventLoopGroup group = CommonLoops.forEver();

    /** How often a loop was late by so many steps; the last one is for all that is later. */
    private final AtomicLongArray lags = new AtomicLongArray(100_000);

    OwnLoops() {
        for (EventExecutor loop : group) {
            look(loop);
        }
    }

    EventLoopGroup group() {
        return group;
    }

    private void look(EventExecutor loop) {
        long due = System.nanoTime() + PERIOD_NANOS;
        loop.schedule(
                () -> {
                    long late = Math.max(0, System.nanoTime() - due);
                    lags.incrementAndGet((int) Math.min(lags.length() - 1, late / STEP_NANOS));
                    look(loop);
                },
                PERIOD_NANOS,
                TimeUnit.NANOSECONDS);
    }

    /** How late they were in 99 of 100 cases, in microseconds. */
    long lateMicros() {
        long looks = 0;
        for (int i = 0; i < lags.length(); i++) {
            looks += lags.get(i);
        }
        long later = looks / 100;
        int step = lags.length() - 1;
        for (long seen = lags.get(step); step > 0 && seen <= later; seen += lags.get(step)) {
            step--;
        }
        return TimeUnit.NANOSECONDS.toMicros((step + 1) * STEP_NANOS);
    }
}
