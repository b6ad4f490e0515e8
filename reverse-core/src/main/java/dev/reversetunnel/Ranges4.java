package dev.reversetunnel;

import java.util.Arrays;

/** Ranges of IPv4 addresses, sorted and apart from one another. */
final class Ranges4 {
    private final int[] first; // unsigned numbers, kept with the sign bit turned so that they sort as they should
    private final int[] last;

    private Ranges4(int[] first, int[] last) {
        this.first = first;
        this.last = last;
    }

    boolean contains(int address) {
        int sortable = address ^ Integer.MIN_VALUE;
        int at = Arrays.binarySearch(first, sortable);
        int below = at >= 0 ? at : -at - 2;
        return below >= 0 && sortable <= last[below];
    }

    int size() {
        return first.length;
    }

    /** Collects blocks. */
    static final class Builder {
        private long[] ranges = new long[4]; // first and last in one number, so that the sort moves both
        private int size;

        void add(int address, int prefix) {
            int mask = prefix == 0 ? 0 : -1 << (32 - prefix);
            long first = Integer.toUnsignedLong(address & mask);
            long last = Integer.toUnsignedLong(address | ~mask);
            if (size == ranges.length) {
                ranges = Arrays.copyOf(ranges, size * 2);
            }
            ranges[size++] = (first << 32 | last) ^ Long.MIN_VALUE;
        }

        Ranges4 build() {
            long[] sorted = Arrays.copyOf(ranges, size);
            Arrays.sort(sorted);
            int[] first = new int[size];
            int[] last = new int[size];
            int count = 0;
            long end = -2;
            for (long range : sorted) {
                long from = (range ^ Long.MIN_VALUE) >>> 32;
                long to = range & 0xffff_ffffL;
                if (count > 0 && from <= end + 1) {
                    end = Math.max(end, to);
                } else {
                    first[count++] = (int) from ^ Integer.MIN_VALUE;
                    end = to;
                }
                last[count - 1] = (int) end ^ Integer.MIN_VALUE;
            }
            return new Ranges4(Arrays.copyOf(first, count), Arrays.copyOf(last, count));
        }
    }
}
