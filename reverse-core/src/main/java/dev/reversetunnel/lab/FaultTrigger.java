package dev.reversetunnel.lab;

import java.util.SplittableRandom;

/** An ending that comes after so many bytes: of each connection, or once, of all connections together. */
final class FaultTrigger {
    private final Ending ending;
    private final long least;
    private final long most;
    private final boolean once;
    private long left;
    private boolean spent;

    private FaultTrigger(Ending ending, long least, long most, boolean once) {
        if (least < 0 || most < least) {
            throw new IllegalArgumentException(
                    "bytes: " + least + " to " + most + " (expected: 0 or more, the lesser first)");
        }
        this.ending = ending;
        this.least = least;
        this.most = most;
        this.once = once;
        left = least;
    }

    /** Each connection ends, after a number of bytes of its own from this range. */
    static FaultTrigger each(Ending ending, long least, long most) {
        return new FaultTrigger(ending, least, most, false);
    }

    /** One connection ends: the one with which all together come to so many bytes. */
    static FaultTrigger once(Ending ending, long bytes) {
        return new FaultTrigger(ending, bytes, bytes, true);
    }

    Ending ending() {
        return ending;
    }

    /** What one connection counts down. */
    FaultTrigger armed(SplittableRandom random) {
        if (once) {
            return this;
        }
        long bytes = least == most ? least : random.nextLong(least, most + 1);
        return new FaultTrigger(ending, bytes, bytes, true);
    }

    /**
     * Takes so many bytes.
     *
     * @return the same number; or, once, when it is time to end, the bitwise complement of how many still pass
     */
    synchronized int take(int length) {
        if (spent) {
            return length;
        }
        if (left > length) {
            left -= length;
            return length;
        }
        spent = true;
        return ~(int) left;
    }
}
