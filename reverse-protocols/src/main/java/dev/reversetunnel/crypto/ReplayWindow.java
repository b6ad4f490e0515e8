package dev.reversetunnel.crypto;

/**
 * Remembers exactly what was seen, second by second, for as long as it could be accepted again. Thread-safe: the test
 * and the entry are one step, so of two racing copies one is new.
 *
 * <p>Each entry has a time of its own, and is kept until the clock has left it {@code past} seconds behind. The oldest
 * second only ever moves forward: if the clock is set back, what had already been forgotten is refused, not taken for
 * new.
 */
public final class ReplayWindow {
    /** What became of an entry. */
    public enum Verdict {
        /** Never seen; it is remembered now. */
        NEW,
        /** Seen before. */
        REPLAYED,
        /** Older than anything that is remembered; also when the clock was set back. */
        TOO_OLD,
        /** So far ahead that it is not valid yet. */
        TOO_NEW,
        /** There is no room to remember it, so nobody may accept it. */
        FULL
    }

    private final int keyBytes;
    private final int capacity;
    private final int past;
    private final int future;
    private final FixedKeySet[] seconds;
    private long oldest = Long.MIN_VALUE;
    private int size;

    /**
     * An empty window.
     *
     * @param keyBytes the size of each entry, a multiple of 8
     * @param capacity how many entries are kept at most
     * @param past how many seconds an entry may be behind the clock
     * @param future how many seconds it may be ahead
     */
    public ReplayWindow(int keyBytes, int capacity, int past, int future) {
        this.keyBytes = keyBytes;
        this.capacity = capacity;
        this.past = past;
        this.future = future;
        this.seconds = new FixedKeySet[past + future + 1];
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = new FixedKeySet(keyBytes / Long.BYTES);
        }
    }

    /**
     * Enters, unless it is there.
     *
     * @param key as many bytes as all entries have; copied
     * @param second the entry's own time
     * @param now the clock, in the same unit
     * @return {@link Verdict#NEW} for the first time only
     */
    public synchronized Verdict enter(byte[] key, long second, long now) {
        if (key.length != keyBytes) {
            throw new IllegalArgumentException("key: " + key.length + " bytes (expected: " + keyBytes + ")");
        }
        forgetBefore(now - past);
        if (second < oldest) {
            return Verdict.TOO_OLD;
        }
        if (second > now + future) {
            return Verdict.TOO_NEW;
        }
        FixedKeySet sameSecond = at(second);
        if (size >= capacity) {
            return sameSecond.contains(key) ? Verdict.REPLAYED : Verdict.FULL;
        }
        if (!sameSecond.add(key)) {
            return Verdict.REPLAYED;
        }
        size++;
        return Verdict.NEW;
    }

    /**
     * How many entries are kept.
     *
     * @return as of the last {@link #enter}
     */
    public synchronized int size() {
        return size;
    }

    private void forgetBefore(long second) {
        if (second <= oldest) {
            return;
        }
        // All entries are between oldest and oldest + ring, so each second has a place of its own.
        long from = Math.max(oldest, second - seconds.length);
        for (long gone = from; gone < second; gone++) {
            size -= at(gone).clear();
        }
        oldest = second;
    }

    private FixedKeySet at(long second) {
        return seconds[(int) Math.floorMod(second, (long) seconds.length)];
    }
}
