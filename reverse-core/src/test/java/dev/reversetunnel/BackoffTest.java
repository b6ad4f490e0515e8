package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {
    /** Draws the largest number that it may, and remembers the bounds. */
    private static final class Highest implements RandomGenerator {
        final List<Long> bounds = new ArrayList<>();

        @Override
        public long nextLong() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long nextLong(long bound) {
            bounds.add(bound);
            return bound - 1;
        }
    }

    @Test
    void goes_from_at_once_to_the_longest_wait() {
        Backoff backoff = new Backoff(new Highest());
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            waits.add(backoff.next().toMillis());
        }

        then(waits)
                .containsExactly(
                        0L, 200L, 400L, 800L, 1_600L, 3_200L, 6_400L, 12_800L, 15_000L, 15_000L, 15_000L, 15_000L);
    }

    @Test
    void never_overflows() {
        Backoff backoff = new Backoff(new Highest());
        for (int i = 0; i < 1_000; i++) {
            then(backoff.next()).isBetween(Duration.ZERO, Backoff.LONGEST);
        }
    }

    @Test
    void spreads_over_the_whole_range() {
        Backoff backoff = new Backoff(new Random(1));
        for (int i = 0; i < 20; i++) {
            backoff.next();
        }
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            waits.add(backoff.next().toMillis());
        }
        then(waits).anyMatch(wait -> wait < 1_000).anyMatch(wait -> wait > 14_000);
    }

    @Test
    void starts_anew_after_a_success() {
        Backoff backoff = new Backoff(new Highest());
        for (int i = 0; i < 10; i++) {
            backoff.next();
        }
        backoff.succeeded();

        then(backoff.next()).isEqualTo(Duration.ZERO);
        then(backoff.next()).isEqualTo(Duration.ofMillis(200));
    }
}
