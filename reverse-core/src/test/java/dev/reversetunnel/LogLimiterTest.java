package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import org.junit.jupiter.api.Test;

class LogLimiterTest {
    @Test
    void lets_few_lines_through_and_counts_the_rest() {
        LogLimiter limiter = new LogLimiter();
        int allowed = 0;
        for (int i = 0; i < 10_000; i++) {
            allowed += limiter.allows() ? 1 : 0;
        }

        then(allowed).isBetween(5, 50); // five for each second that this took
        then(limiter.note()).isEqualTo(" (and " + (10_000 - allowed) + " more of this kind)");
        then(limiter.note()).isEmpty();
    }

    @Test
    void has_nothing_to_add_to_a_line_of_its_own() {
        LogLimiter limiter = new LogLimiter();
        then(limiter.allows()).isTrue();
        then(limiter.note()).isEmpty();
    }
}
