package dev.reversetunnel;

import java.time.Duration;

/**
 * When a tunnel's other end is asked, and when it is given up.
 *
 * @param interval how long a tunnel may be silent before it is asked, and an answer may take
 * @param silence how long an end that is not ours may be silent where the system cannot tell a stalled from a dead one
 */
record LivenessTimes(Duration interval, Duration silence) {
    static final LivenessTimes DEFAULT = new LivenessTimes(Duration.ofSeconds(3), Duration.ofSeconds(60));

    /** As many intervals without a byte, or unanswered pings, as make a dead end of a suspect one. */
    static final int INTERVALS = 3;

    /** A foreign portal speaks by itself, every 2 (V2Ray) to 10 s (Xray): it is asked after so many intervals. */
    static final int FOREIGN_PORTAL_INTERVALS = 5;

    LivenessTimes interval(Duration time) {
        return new LivenessTimes(time, silence);
    }

    LivenessTimes silence(Duration time) {
        return new LivenessTimes(interval, time);
    }

    /** How long an end of our make may be silent; and how long a foreign one may acknowledge nothing. */
    Duration patience() {
        return interval.multipliedBy(INTERVALS);
    }
}
