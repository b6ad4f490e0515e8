package dev.reversetunnel.lab;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class ManualClockTest {
    private static final Instant NEW_YEAR = Instant.parse("2026-01-01T00:00:00Z");

    private final ManualClock clock = ManualClock.at(NEW_YEAR);

    @Test
    void stands_still_until_it_is_moved() {
        then(clock.instant()).isEqualTo(NEW_YEAR);
        clock.advance(Duration.ofMillis(1_500));
        then(clock.instant()).isEqualTo(NEW_YEAR.plusMillis(1_500));
        then(clock.nanoTime()).isEqualTo(1_500_000_000);
    }

    @Test
    void no_time_passes_when_the_wall_clock_is_set() {
        clock.advance(Duration.ofSeconds(1));
        clock.setSecond(0);
        then(clock.second()).isZero();
        then(clock.millis()).isZero();
        then(clock.nanoTime()).isEqualTo(1_000_000_000);
    }

    @Test
    void tells_the_same_time_in_another_zone() {
        Clock there = clock.withZone(ZoneId.of("Asia/Tokyo"));
        clock.advance(Duration.ofHours(1));
        then(there.instant()).isEqualTo(clock.instant());
        then(there.getZone()).isEqualTo(ZoneId.of("Asia/Tokyo"));
    }

    @Test
    void time_does_not_run_backwards() {
        thenThrownBy(() -> clock.advance(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("time: PT-1S (expected: 0 or more; set(...) goes back)");
    }
}
