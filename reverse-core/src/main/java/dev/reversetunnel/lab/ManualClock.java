package dev.reversetunnel.lab;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * Time that stands still until a test moves it: a wall clock, for {@code clock(...)} of portals, bridges and nodes, and
 * a ticker. {@link #advance} moves both; {@link #set} moves the wall clock alone, as an operator does, or NTP. May be
 * used by any thread.
 *
 * <pre>{@code
 * ManualClock clock = ManualClock.at(Instant.parse("2026-01-01T00:00:00Z"));
 * Portal portal = ReverseTunnel.portal("edge").clock(clock) ...
 * clock.advance(Duration.ofMinutes(3));   // and a VMess bridge, which keeps to the right time, is too far off
 * }</pre>
 *
 * <p>Timers of event loops do not follow it. Those of an {@link io.netty.channel.embedded.EmbeddedChannel} follow that
 * channel's {@code advanceTimeBy}, and a {@link FaultHandler} in it does, too.
 */
public final class ManualClock extends Clock {
    private Instant now;
    private long nanos;

    private ManualClock(Instant now) {
        this.now = now;
    }

    /**
     * Stands still at a moment.
     *
     * @param now the moment
     * @return the clock
     */
    public static ManualClock at(Instant now) {
        return new ManualClock(now);
    }

    /**
     * Stands still at a second.
     *
     * @param epochSecond seconds since 1970
     * @return the clock
     */
    public static ManualClock atSecond(long epochSecond) {
        return at(Instant.ofEpochSecond(epochSecond));
    }

    /**
     * Lets time pass.
     *
     * @param time how much; not negative
     * @throws IllegalArgumentException if it is; {@link #set} goes back
     */
    public synchronized void advance(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("time: " + time + " (expected: 0 or more; set(...) goes back)");
        }
        now = now.plus(time);
        nanos += time.toNanos();
    }

    /**
     * Sets the wall clock, forward or back, while no time passes.
     *
     * @param moment what it shows from now on
     */
    public synchronized void set(Instant moment) {
        now = moment;
    }

    /**
     * As {@link #set}, by seconds.
     *
     * @param epochSecond seconds since 1970
     */
    public void setSecond(long epochSecond) {
        set(Instant.ofEpochSecond(epochSecond));
    }

    /**
     * The wall clock in seconds, as protocols send them.
     *
     * @return seconds since 1970
     */
    public long second() {
        return instant().getEpochSecond();
    }

    /**
     * The ticker: as {@link System#nanoTime}, from 0.
     *
     * @return the time that has passed, in nanoseconds
     */
    public synchronized long nanoTime() {
        return nanos;
    }

    @Override
    public synchronized Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    /** The same time, told in another zone; it moves with this clock. */
    @Override
    public Clock withZone(ZoneId zone) {
        return new InZone(this, zone);
    }

    private static final class InZone extends Clock {
        private final ManualClock clock;
        private final ZoneId zone;

        InZone(ManualClock clock, ZoneId zone) {
            this.clock = clock;
            this.zone = zone;
        }

        @Override
        public Instant instant() {
            return clock.instant();
        }

        @Override
        public ZoneId getZone() {
            return zone;
        }

        @Override
        public Clock withZone(ZoneId other) {
            return new InZone(clock, other);
        }
    }
}
