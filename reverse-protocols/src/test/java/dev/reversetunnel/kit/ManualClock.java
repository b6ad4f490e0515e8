package dev.reversetunnel.kit;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A wall clock that a test sets. */
public final class ManualClock extends Clock {
    private volatile long seconds;

    public ManualClock(long seconds) {
        this.seconds = seconds;
    }

    public void set(long now) {
        seconds = now;
    }

    public long seconds() {
        return seconds;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochSecond(seconds);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
