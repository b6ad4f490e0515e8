package dev.reversetunnel;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Lets a stranger fill a log with a few lines a second at most, and counts the rest. Any thread may call. */
final class LogLimiter {
    private static final int LINES_A_SECOND = 5;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final int most;
    private final AtomicLong secondBegan = new AtomicLong(System.nanoTime() - SECOND);
    private final AtomicInteger lines = new AtomicInteger();
    private final AtomicInteger suppressed = new AtomicInteger();

    LogLimiter() {
        this(LINES_A_SECOND);
    }

    /** So many a second. */
    LogLimiter(int most) {
        this.most = most;
    }

    /** Whether another line is allowed now. */
    boolean allows() {
        long now = System.nanoTime();
        long began = secondBegan.get();
        if (now - began >= SECOND && secondBegan.compareAndSet(began, now)) {
            lines.set(0);
        }
        if (lines.incrementAndGet() <= most) {
            return true;
        }
        suppressed.incrementAndGet();
        return false;
    }

    /** What to add to the line that is allowed: how many were not. */
    String note() {
        int count = suppressed.getAndSet(0);
        return count == 0 ? "" : " (and " + count + " more of this kind)";
    }
}
