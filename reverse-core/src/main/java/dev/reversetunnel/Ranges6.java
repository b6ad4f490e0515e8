package dev.reversetunnel;

import java.util.ArrayList;
import java.util.List;

/** Ranges of IPv6 addresses, sorted and apart from one another. */
final class Ranges6 {
    private final long[] numbers; // of each range: first, high and low half, then last

    private Ranges6(long[] numbers) {
        this.numbers = numbers;
    }

    boolean contains(byte[] address) {
        long high = IpBits.int64(address, 0);
        long low = IpBits.int64(address, 8);
        int from = 0;
        int to = size(); // the first range that begins above the address is in from..to
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (compare(numbers[middle * 4], numbers[middle * 4 + 1], high, low) <= 0) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        int below = (from - 1) * 4;
        return below >= 0 && compare(high, low, numbers[below + 2], numbers[below + 3]) <= 0;
    }

    int size() {
        return numbers.length / 4;
    }

    private static int compare(long high, long low, long otherHigh, long otherLow) {
        int order = Long.compareUnsigned(high, otherHigh);
        return order != 0 ? order : Long.compareUnsigned(low, otherLow);
    }

    private record Range(long firstHigh, long firstLow, long lastHigh, long lastLow) {
        int compareFirst(Range other) {
            return compare(firstHigh, firstLow, other.firstHigh, other.firstLow);
        }

        /** Whether another range, which does not begin before this one, begins inside it or right behind it. */
        boolean meets(Range next) {
            if (compare(next.firstHigh, next.firstLow, lastHigh, lastLow) <= 0) {
                return true;
            }
            long behindLow = lastLow + 1;
            long behindHigh = behindLow == 0 ? lastHigh + 1 : lastHigh;
            return next.firstHigh == behindHigh && next.firstLow == behindLow;
        }

        Range join(Range next) {
            boolean farther = compare(next.lastHigh, next.lastLow, lastHigh, lastLow) > 0;
            return farther ? new Range(firstHigh, firstLow, next.lastHigh, next.lastLow) : this;
        }
    }

    /** Collects blocks. */
    static final class Builder {
        private final List<Range> ranges = new ArrayList<>();

        void add(byte[] address, int prefix) {
            long highMask = mask(Math.min(prefix, 64));
            long lowMask = mask(Math.max(prefix - 64, 0));
            long high = IpBits.int64(address, 0);
            long low = IpBits.int64(address, 8);
            ranges.add(new Range(high & highMask, low & lowMask, high | ~highMask, low | ~lowMask));
        }

        private static long mask(int bits) {
            return bits == 0 ? 0 : -1L << (64 - bits);
        }

        Ranges6 build() {
            List<Range> sorted = new ArrayList<>(ranges);
            sorted.sort(Range::compareFirst);
            List<Range> apart = new ArrayList<>();
            for (Range range : sorted) {
                int end = apart.size() - 1;
                if (end >= 0 && apart.get(end).meets(range)) {
                    apart.set(end, apart.get(end).join(range));
                } else {
                    apart.add(range);
                }
            }
            long[] numbers = new long[apart.size() * 4];
            int at = 0;
            for (Range range : apart) {
                numbers[at++] = range.firstHigh();
                numbers[at++] = range.firstLow();
                numbers[at++] = range.lastHigh();
                numbers[at++] = range.lastLow();
            }
            return new Ranges6(numbers);
        }
    }
}
