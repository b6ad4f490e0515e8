package dev.reversetunnel;

import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Texts that are looked for inside of names, all at once. What a search costs depends on the name and hardly on how
 * many texts there are: a rolling hash over the name tells where one of them may begin, and a tree of them whether it
 * does.
 */
final class Keywords {
    /** Short texts have beginnings that are everywhere; they must not spoil the search for the others. */
    private static final int LONG = 5;

    private static final Keywords NONE = new Keywords(0, false, List.of());

    private final int size;
    private final boolean everywhere;
    private final List<Group> groups;

    private Keywords(int size, boolean everywhere, List<Group> groups) {
        this.size = size;
        this.everywhere = everywhere;
        this.groups = groups;
    }

    static Keywords of(Collection<String> texts) {
        if (texts.isEmpty()) {
            return NONE;
        }
        var byLength = texts.stream()
                .filter(text -> !text.isEmpty())
                .collect(Collectors.partitioningBy(text -> text.length() >= LONG));
        return new Keywords(
                texts.size(),
                texts.contains(""), // a part of every name
                Stream.of(true, false)
                        .map(byLength::get)
                        .filter(group -> !group.isEmpty())
                        .map(Group::new)
                        .toList());
    }

    /** Whether one of them is a part of the name. */
    boolean isIn(String name) {
        if (everywhere) {
            return true;
        }
        for (int i = 0; i < groups.size(); i++) {
            if (groups.get(i).isIn(name)) {
                return true;
            }
        }
        return false;
    }

    int size() {
        return size;
    }

    /** Texts that are at least as long as the shortest of them. */
    private static final class Group {
        private static final int FACTOR = 0x0100_0193; // odd, so that no character is lost

        /** Of 64 bits for each text, one is set: of 64 places where none begins, one has to be looked at. */
        private static final int BITS_A_TEXT = 64;

        /** 8 MiB, for a million texts. */
        private static final int MOST_BITS = 26;

        private final int length; // of the beginnings that are hashed
        private final int farthest; // the factor to the power of that
        private final long[] beginnings;
        private final int shift;
        private final Tree tree = new Tree();

        Group(Collection<String> texts) {
            length = texts.stream().mapToInt(String::length).min().orElseThrow();
            int power = 1;
            for (int i = 0; i < length; i++) {
                power *= FACTOR;
            }
            farthest = power;
            int bits = Math.min(MOST_BITS, Long.SIZE - Long.numberOfLeadingZeros((long) texts.size() * BITS_A_TEXT));
            shift = Integer.SIZE - bits;
            beginnings = new long[1 << (bits - 6)];
            for (String text : texts) {
                int hash = 0;
                for (int i = 0; i < length; i++) {
                    hash = hash * FACTOR + text.charAt(i);
                }
                int bit = bit(hash);
                beginnings[bit >>> 6] |= 1L << bit;
                tree.add(text);
            }
        }

        /** The high bits of a product are well mixed (Fibonacci hashing). */
        private int bit(int hash) {
            return (hash * 0x9e37_79b9) >>> shift;
        }

        boolean isIn(String name) {
            int hash = 0;
            for (int i = 0; i < name.length(); i++) {
                hash = hash * FACTOR + name.charAt(i);
                int begin = i + 1 - length;
                if (begin > 0) {
                    hash -= name.charAt(begin - 1) * farthest;
                }
                if (begin >= 0) {
                    int bit = bit(hash);
                    if ((beginnings[bit >>> 6] & (1L << bit)) != 0 && tree.beginsAt(name, begin)) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    /**
     * All texts by their characters, in one table of numbers, for there may be millions: each is a state, the character
     * that follows, and the state after it.
     */
    private static final class Tree {
        private static final int STATE_BITS = 24;
        private static final long FREE = 0;

        private final BitSet ends = new BitSet();
        private long[] table = new long[16];
        private int states = 1;

        void add(String text) {
            int state = 0;
            for (int i = 0; i < text.length(); i++) {
                int to = next(state, text.charAt(i));
                if (to == 0) {
                    to = states++;
                    if (to >>> STATE_BITS != 0) {
                        throw new IllegalArgumentException(
                                "domain: more than " + to
                                        + " letters of keywords (expected: fewer; are they whole names, for full: or domain:?)");
                    }
                    if (states * 2 > table.length) {
                        grow();
                    }
                    insert(table, (key(state, text.charAt(i)) << STATE_BITS) | to);
                }
                state = to;
            }
            ends.set(state);
        }

        /** Whether one of the texts stands there. */
        boolean beginsAt(String name, int from) {
            int state = 0;
            for (int i = from; i < name.length(); i++) {
                state = next(state, name.charAt(i));
                if (state == 0) {
                    return false;
                }
                if (ends.get(state)) {
                    return true;
                }
            }
            return false;
        }

        private static long key(int state, char next) {
            return ((long) state << Character.SIZE) | next;
        }

        private int next(int state, char character) {
            long key = key(state, character);
            for (int at = slot(key, table.length); ; at = (at + 1) & (table.length - 1)) {
                long entry = table[at];
                if (entry == FREE) {
                    return 0;
                }
                if (entry >>> STATE_BITS == key) {
                    return (int) entry & ((1 << STATE_BITS) - 1);
                }
            }
        }

        private static int slot(long key, int length) {
            return (int) ((key * 0x9e37_79b9_7f4a_7c15L) >>> 32) & (length - 1);
        }

        private static void insert(long[] table, long entry) {
            int at = slot(entry >>> STATE_BITS, table.length);
            while (table[at] != FREE) {
                at = (at + 1) & (table.length - 1);
            }
            table[at] = entry;
        }

        private void grow() {
            long[] larger = new long[table.length * 2];
            for (long entry : table) {
                if (entry != FREE) {
                    insert(larger, entry);
                }
            }
            table = larger;
        }
    }
}
