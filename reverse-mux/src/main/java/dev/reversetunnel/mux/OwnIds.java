package dev.reversetunnel.mux;

import java.util.BitSet;

/**
 * The ids that this side opens sessions with. With a foreign peer none is used twice; by the extension one is free
 * again when its session is over at both ends, which the accepting side's End tells.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // written on the event loop only, read by anybody
final class OwnIds {
    static final int NONE = -1;

    private final int first;
    private final int last;
    private final BitSet free = new BitSet();
    private final BitSet closing = new BitSet();
    private int fresh;
    /** Where to look for a free one: the one that is free for longest is taken first, more or less. */
    private int cursor;

    private volatile int left;

    OwnIds(MuxRole role) {
        this.first = role.firstId();
        this.last = role.lastId();
        this.fresh = first;
        this.cursor = first;
        this.left = last - first + 1;
    }

    /** How many may still be taken. May be asked by any thread. */
    int left() {
        return left;
    }

    /**
     * Takes one.
     *
     * @param foreign ids that the other side has taken of ours: no id is ever in two sessions
     * @return the id, or {@link #NONE}
     */
    int take(UnknownIds foreign) {
        int id = next();
        while (id != NONE && foreign.wasOpened(id)) {
            id = next();
        }
        return id;
    }

    private int next() {
        int id = NONE;
        if (!free.isEmpty()) {
            id = free.nextSetBit(cursor);
            if (id < 0) {
                id = free.nextSetBit(first);
            }
            free.clear(id);
            cursor = id + 1;
            left--;
        } else if (fresh <= last) {
            id = fresh++;
            left--;
        }
        return id;
    }

    /** Its session is over for both sides, or the other one never heard of it. */
    void free(int id) {
        closing.clear(id);
        free.set(id);
        left++;
    }

    /** This side has ended its session; the other one's End is to come. */
    void closing(int id) {
        closing.set(id);
    }

    /** Whether the other side's End is all that is to come. */
    boolean isClosing(int id) {
        return closing.get(id);
    }

    boolean wasTaken(int id) {
        return id >= first && id < fresh;
    }
}
