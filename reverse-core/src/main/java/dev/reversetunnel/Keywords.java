package dev.reversetunnel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;

/**
 * Texts that are looked for inside of names, all at once: each character of a name is looked at about twice, however
 * many texts there are (Aho and Corasick, 1975).
 */
final class Keywords {
    private final int size;
    private final Steps steps;
    private final int[] shorter; // of each state: that of the longest end of its text which is also a beginning of one
    private final BitSet found; // states whose text ends in one that was looked for

    private Keywords(int size, Steps steps, int[] shorter, BitSet found) {
        this.size = size;
        this.steps = steps;
        this.shorter = shorter;
        this.found = found;
    }

    static Keywords of(Collection<String> texts) {
        return new Builder(texts).build(texts.size());
    }

    /** Whether one of them is a part of the name. */
    boolean isIn(String name) {
        if (found.get(0)) {
            return true; // the empty text is a part of everything
        }
        if (size == 0) {
            return false;
        }
        int state = 0;
        for (int i = 0; i < name.length(); i++) {
            char next = name.charAt(i);
            int to = steps.get(state, next);
            while (to < 0 && state != 0) {
                state = shorter[state];
                to = steps.get(state, next);
            }
            state = Math.max(to, 0);
            if (found.get(state)) {
                return true;
            }
        }
        return false;
    }

    int size() {
        return size;
    }

    /** Which state follows which by what character: a hash table of numbers, for there may be millions. */
    private static final class Steps {
        private static final long FREE = -1;

        private long[] keys = new long[16];
        private int[] values = new int[16];
        private int used;

        Steps() {
            Arrays.fill(keys, FREE);
        }

        int get(int state, char next) {
            long key = (long) state << 16 | next;
            for (int at = slot(key); ; at = at + 1 & keys.length - 1) {
                if (keys[at] == key) {
                    return values[at];
                }
                if (keys[at] == FREE) {
                    return -1;
                }
            }
        }

        void put(int state, char next, int to) {
            if (used * 2 >= keys.length) {
                grow();
            }
            insert((long) state << 16 | next, to);
        }

        private void insert(long key, int to) {
            int at = slot(key);
            while (keys[at] != FREE) {
                at = at + 1 & keys.length - 1;
            }
            keys[at] = key;
            values[at] = to;
            used++;
        }

        private void grow() {
            long[] oldKeys = keys;
            int[] oldValues = values;
            keys = new long[oldKeys.length * 2];
            values = new int[keys.length];
            Arrays.fill(keys, FREE);
            used = 0;
            for (int i = 0; i < oldKeys.length; i++) {
                if (oldKeys[i] != FREE) {
                    insert(oldKeys[i], oldValues[i]);
                }
            }
        }

        private int slot(long key) {
            long mixed = key * 0x9e37_79b9_7f4a_7c15L; // Fibonacci hashing: the high bits are well mixed
            return (int) (mixed >>> 32) & keys.length - 1;
        }
    }

    /** Grows the tree of all texts, then finds what each state falls back to. */
    private static final class Builder {
        private final Steps steps = new Steps();
        private final BitSet found = new BitSet();
        private final List<int[]> edges = new ArrayList<>(); // of each state but the first: from which, by what
        private final List<List<Integer>> children = new ArrayList<>();

        Builder(Collection<String> texts) {
            children.add(new ArrayList<>(0));
            // a text that contains a shorter one adds nothing, so the shorter ones come first
            texts.stream().sorted(Comparator.comparingInt(String::length)).forEach(this::add);
        }

        private void add(String text) {
            int state = 0;
            for (int i = 0; i < text.length() && !found.get(state); i++) {
                int to = steps.get(state, text.charAt(i));
                if (to < 0) {
                    to = children.size();
                    children.add(new ArrayList<>(0));
                    edges.add(new int[] {state, text.charAt(i)});
                    children.get(state).add(to);
                    steps.put(state, text.charAt(i), to);
                }
                state = to;
            }
            found.set(state);
        }

        Keywords build(int size) {
            int[] shorter = new int[children.size()];
            Queue<Integer> next = new ArrayDeque<>(children.get(0));
            while (!next.isEmpty()) { // breadth first: what a state falls back to is nearer to the root
                int state = next.remove();
                int parent = edges.get(state - 1)[0];
                if (parent != 0) {
                    shorter[state] = fallback(shorter, shorter[parent], (char) edges.get(state - 1)[1]);
                }
                if (found.get(shorter[state])) {
                    found.set(state);
                }
                next.addAll(children.get(state));
            }
            return new Keywords(size, steps, shorter, found);
        }

        private int fallback(int[] shorter, int from, char next) {
            int state = from;
            int to = steps.get(state, next);
            while (to < 0 && state != 0) {
                state = shorter[state];
                to = steps.get(state, next);
            }
            return Math.max(to, 0);
        }
    }
}
