package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;

/** The times of the edition of 2022. */
final class Clocks {
    /** How far a peer's clock may be off, in seconds and either way; the limit itself is good. */
    static final int WINDOW = 30;

    private Clocks() {}

    /**
     * Whether a time is near enough.
     *
     * @param time Unix seconds; with the top bit set it is in a far future, not before the epoch
     */
    static boolean isNear(long time, long now) {
        return time >= 0 && Math.abs(time - now) <= WINDOW;
    }

    /**
     * Refuses a time that is too far off.
     *
     * @param whose clock it is, for the message
     */
    static void check(long time, long now, Reason reason, String whose) {
        if (isNear(time, now)) {
            return;
        }
        String off = time < 0 ? "in a far future" : Math.abs(time - now) + " s " + (time > now ? "ahead" : "behind");
        throw new CarrierException(
                reason, whose + " clock is " + off + " (allowed: " + WINDOW + " s); set one of the clocks");
    }
}
