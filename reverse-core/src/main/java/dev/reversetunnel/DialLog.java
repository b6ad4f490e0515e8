package dev.reversetunnel;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What people are told of attempts that fail: each reason at once, then twice a minute for as long as it stays the
 * same.
 */
final class DialLog {
    private static final long SILENCE = TimeUnit.SECONDS.toNanos(30);

    private final LongSupplier nanos;
    private @Nullable String told;
    private long toldAt;
    private int attempts;

    DialLog(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** What to tell; empty if it is known. */
    Optional<String> failed(String reason, Duration wait) {
        attempts++;
        long now = nanos.getAsLong();
        if (reason.equals(told) && now - toldAt < SILENCE) {
            return Optional.empty();
        }
        told = reason;
        toldAt = now;
        return Optional.of(reason
                + (attempts == 1 ? " (it goes on trying" : " (" + attempts + " attempts so far")
                + ", next in " + wait.toMillis() + " ms)");
    }

    /** What fails from now on is news. */
    void succeeded() {
        told = null;
        attempts = 0;
    }
}
