package dev.reversetunnel.crypto;

import java.util.Arrays;

/**
 * Remembers which numbered packets of a session came, so that each is taken once, in whatever order they arrive: that
 * of WireGuard. A number that is more than {@value #WIDTH} behind the highest is not taken any more. Not thread-safe.
 */
public final class SlidingWindow {
    private static final int WORDS = 128;

    /** How far behind the highest number a packet may be: all words but the one that is being filled. */
    public static final int WIDTH = (WORDS - 1) * Long.SIZE;

    private final long[] seen = new long[WORDS];
    private long highest;
    private boolean empty = true;

    /** Has seen nothing. */
    public SlidingWindow() {}

    /**
     * Whether a packet may be taken. Changes nothing.
     *
     * @param number of the packet, as an unsigned number
     * @return false if it came before, or is too old
     */
    public boolean isNew(long number) {
        if (empty || Long.compareUnsigned(number, highest) > 0) {
            return true;
        }
        return Long.compareUnsigned(highest - number, WIDTH) <= 0 && (seen[word(number)] & 1L << number) == 0;
    }

    /**
     * Enters a packet. Only one that was found good: else anybody could burn the numbers of those to come.
     *
     * @param number of the packet, as an unsigned number
     * @return whether it was new
     */
    public boolean enter(long number) {
        if (!isNew(number)) {
            return false;
        }
        if (empty || Long.compareUnsigned(number, highest) > 0) {
            advance(number);
        }
        seen[word(number)] |= 1L << number;
        return true;
    }

    private void advance(long number) {
        long words = empty ? WORDS : (number >>> 6) - (highest >>> 6);
        if (words >= WORDS) {
            Arrays.fill(seen, 0);
        } else {
            for (long i = 1; i <= words; i++) {
                seen[(int) ((highest >>> 6) + i & (WORDS - 1))] = 0;
            }
        }
        highest = number;
        empty = false;
    }

    private static int word(long number) {
        return (int) (number >>> 6 & (WORDS - 1));
    }
}
