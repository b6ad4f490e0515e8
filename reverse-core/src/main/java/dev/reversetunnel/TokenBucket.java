package dev.reversetunnel;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** So many bytes a second, for all connections that share them. Any thread; its lock is held for a few additions. */
final class TokenBucket {
    /** Of our choice: what one read brings at most should not be cut into pieces where there is time for it. */
    private static final int LEAST_BURST = 16 * 1024;

    private final double bytesPerNano;
    private final double burst;
    private final LongSupplier nanos;
    private double tokens;
    private long filledAt;

    TokenBucket(long bytesPerSecond, LongSupplier nanos) {
        this.bytesPerNano = (double) bytesPerSecond / TimeUnit.SECONDS.toNanos(1);
        this.burst = Math.max(LEAST_BURST, bytesPerSecond / 8.0);
        this.nanos = nanos;
        this.tokens = burst;
        this.filledAt = nanos.getAsLong();
    }

    /** How many of so many bytes may pass now; they are taken. */
    synchronized int takeUpTo(int wanted) {
        fill();
        int taken = (int) Math.max(0, Math.min(wanted, tokens));
        tokens -= taken;
        return taken;
    }

    /** Takes all of them if there are any tokens at all: a datagram is not cut. */
    synchronized boolean takeWhole(int bytes) {
        fill();
        if (tokens <= 0) {
            return false;
        }
        tokens -= bytes;
        return true;
    }

    /** Takes what has passed already, on credit if need be. Returns how many nanoseconds it takes to repay that. */
    synchronized long charge(int bytes) {
        fill();
        tokens -= bytes;
        return nanosUntil(0);
    }

    /** In how many nanoseconds there are so many bytes, or as many as there can be; 0 if now. */
    synchronized long nanosUntil(int bytes) {
        fill();
        double missing = Math.min(bytes, burst) - tokens;
        return missing <= 0 ? 0 : (long) Math.ceil(missing / bytesPerNano);
    }

    private void fill() {
        long now = nanos.getAsLong();
        tokens = Math.min(burst, tokens + (now - filledAt) * bytesPerNano);
        filledAt = now;
    }
}
