package dev.reversetunnel.crypto;

import java.nio.ByteBuffer;

/**
 * A set of keys of one size, in one array of longs: a million keys of 16 bytes take 22 to 43 MB, less than half of what
 * a {@code HashSet} needs. Open addressing; an empty place is all zeros, so a key of zeros counts as being there.
 */
final class FixedKeySet {
    private static final int FIRST_PLACES = 8;
    private static final long[] NONE = {};

    private final int width;
    /** Nobody who may enter keys shall be able to choose them so that they collide. */
    private final long seed =
            ByteBuffer.wrap(Randomness.secure().bytes(Long.BYTES)).getLong();

    private long[] places = NONE;
    private int size;

    FixedKeySet(int width) {
        this.width = width;
    }

    boolean contains(byte[] key) {
        long[] words = words(key);
        return isZero(words, 0) || (size > 0 && !isZero(places, find(places, words)));
    }

    boolean add(byte[] key) {
        long[] words = words(key);
        if (isZero(words, 0)) {
            return false;
        }
        if ((size + 1) * 4 > places.length / width * 3) {
            grow();
        }
        int place = find(places, words);
        if (!isZero(places, place)) {
            return false;
        }
        System.arraycopy(words, 0, places, place, width);
        size++;
        return true;
    }

    /** Empties the set and says how many keys there were. */
    int clear() {
        int gone = size;
        places = NONE;
        size = 0;
        return gone;
    }

    private void grow() {
        long[] larger = new long[Math.max(FIRST_PLACES * width, places.length * 2)];
        long[] words = new long[width];
        for (int place = 0; place < places.length; place += width) {
            if (!isZero(places, place)) {
                System.arraycopy(places, place, words, 0, width);
                System.arraycopy(words, 0, larger, find(larger, words), width);
            }
        }
        places = larger;
    }

    /** Where the key is, or the empty place where it belongs. */
    private int find(long[] table, long[] words) {
        int count = table.length / width;
        int index = hash(words) & (count - 1);
        while (!isZero(table, index * width) && !equal(table, index * width, words)) {
            index = (index + 1) & (count - 1);
        }
        return index * width;
    }

    private int hash(long[] words) {
        long hash = seed;
        for (long word : words) {
            hash = (hash ^ word) * 0x9e3779b97f4a7c15L;
            hash ^= hash >>> 32;
        }
        return (int) hash;
    }

    private long[] words(byte[] key) {
        long[] words = new long[width];
        for (int i = 0; i < key.length; i++) {
            words[i >>> 3] = words[i >>> 3] << 8 | (key[i] & 0xff);
        }
        return words;
    }

    private boolean isZero(long[] table, int place) {
        for (int i = 0; i < width; i++) {
            if (table[place + i] != 0) {
                return false;
            }
        }
        return true;
    }

    private boolean equal(long[] table, int place, long[] words) {
        for (int i = 0; i < width; i++) {
            if (table[place + i] != words[i]) {
                return false;
            }
        }
        return true;
    }
}
