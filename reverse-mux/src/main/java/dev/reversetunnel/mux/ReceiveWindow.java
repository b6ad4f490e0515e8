package dev.reversetunnel.mux;

import java.util.concurrent.TimeUnit;

/**
 * What the other side of an extended session may send before it is granted more.
 *
 * <p>Credit goes back as the reader takes bytes, half a window at a time. When a sender spends half a window within two
 * round trips, the window is what holds it up, and doubles: so it settles at the product of bandwidth and delay. A
 * window that was grown and is used no more shrinks again.
 */
final class ReceiveWindow {
    /** Of our choice: two frames. A first credit below it is topped up when the session begins. */
    static final int MIN_BYTES = 32 * 1024;

    /** Of our choice: on a fast network the reader's own turns are longer than the way. */
    private static final long SHORTEST_ROUND_TRIP = TimeUnit.MILLISECONDS.toNanos(1);

    /** Of our choice. */
    private static final long IDLE = TimeUnit.SECONDS.toNanos(10);

    private final int initial;
    private int window;
    private long allowance;
    private int taken;
    private long grantedAt;
    /** Of the node's budget, for what is queued. */
    private int reserved;

    /**
     * A window.
     *
     * @param initial what the other side was told that it may send on each new session
     */
    ReceiveWindow(int initial, long now) {
        this.initial = Math.max(initial, MIN_BYTES);
        this.window = this.initial;
        this.allowance = initial;
        this.grantedAt = now;
    }

    /** What is granted as soon as the session begins, if the first credit was less than a window. */
    int top() {
        int missing = (int) (window - allowance);
        allowance = window;
        return missing;
    }

    /** Bytes have come; false if they were more than was granted. */
    boolean received(int bytes) {
        allowance -= bytes;
        return allowance >= 0;
    }

    /**
     * Bytes were taken by the reader.
     *
     * @param roundTrip nanoseconds; negative if it is not known
     * @param most how large the window may be
     * @param room what a larger window is taken out of
     * @return how much more the sender may send; 0 if it is too early to say so
     */
    int taken(int bytes, long now, long roundTrip, int most, ByteBudget room) {
        taken += bytes;
        if (taken < window / 2) {
            return 0;
        }
        long since = now - grantedAt;
        grantedAt = now;
        int grant = taken;
        taken = 0;
        if (since < 2 * Math.max(roundTrip, SHORTEST_ROUND_TRIP)) {
            int more = Math.min(window, most - window);
            if (more > 0 && room.reserve(more)) {
                window += more;
                grant += more;
            }
        } else if (since > IDLE) {
            int back = Math.min(grant, grown());
            window -= back;
            grant -= back;
            room.release(back);
        }
        allowance += grant;
        return grant;
    }

    /** How much larger it is than at the beginning: taken out of a budget. */
    int grown() {
        return window - initial;
    }

    int reserved() {
        return reserved;
    }

    void reserved(int bytes) {
        reserved = bytes;
    }
}
