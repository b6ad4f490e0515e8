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
        for (int i = 0; i < 25; i++) {
            waits.add(backoff.next().toMillis());
        }

        then(waits).startsWith(0L, 125L, 156L, 195L, 244L, 305L, 381L, 476L, 596L, 745L, 931L);
        then(waits).endsWith(13_552L, 15_000L, 15_000L);
        then(waits).isSorted();
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
        for (int i = 0; i < 30; i++) {
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
        then(backoff.next()).isEqualTo(Duration.ofMillis(125));
    }
}
