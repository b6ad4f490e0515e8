package dev.reversetunnel;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait between attempts: the first at once, then exponential with full jitter. */
final class Backoff {
    /** Of our choice: soon enough for a portal that restarts. */
    static final Duration FIRST = Duration.ofMillis(100);

    /** Of our choice: the longest wait after a portal has been away for long. */
    static final Duration LONGEST = Duration.ofSeconds(15);

    /**
     * Of our choice: the wait then grows with the time that the other end has been away, by less than half of it, so a
     * portal that was restarted is found soon.
     */
    private static final double GROWTH = 1.25;

    private final RandomGenerator random;
    private int failures;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** The wait before the next attempt: nothing after a success. */
    Duration next() {
        if (failures++ == 0) {
            return Duration.ZERO;
        }
        double most = Math.min((double) LONGEST.toMillis(), (double) FIRST.toMillis() * Math.pow(GROWTH, failures - 1));
        return Duration.ofMillis(random.nextLong((long) most + 1));
    }

    /** An attempt has proved itself. */
    void succeeded() {
        failures = 0;
    }
}
