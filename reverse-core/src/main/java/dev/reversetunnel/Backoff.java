package dev.reversetunnel;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait between attempts: the first at once, then exponential with full jitter. */
final class Backoff {
    /** Of our choice: soon enough for a portal that restarts. */
    static final Duration FIRST = Duration.ofMillis(100);

    /** Of our choice: the longest wait after a portal has been away for long. */
    static final Duration LONGEST = Duration.ofSeconds(15);

    private final RandomGenerator random;
    private int failures;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** The wait before the next attempt: nothing after a success. */
    Duration next() {
        int doublings = Math.min(failures++, 20);
        long most = Math.min(LONGEST.toMillis(), FIRST.toMillis() << doublings);
        return failures == 1 ? Duration.ZERO : Duration.ofMillis(random.nextLong(most + 1));
    }

    /** An attempt has proved itself. */
    void succeeded() {
        failures = 0;
    }
}
