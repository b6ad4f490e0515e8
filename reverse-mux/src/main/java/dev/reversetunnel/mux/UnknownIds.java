package dev.reversetunnel.mux;

import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What is remembered of ids that are not open: which the other side has opened before, which were answered lately, and
 * how many frames came of late that bring nothing forward.
 */
final class UnknownIds {
    /** Of our choice: a peer that has something to say never comes near it. */
    static final int MAX_IDLE_FRAMES = 1_000;

    /** Of our choice: a ping deserves an answer each time, a storm of them does not. */
    private static final int MAX_PONGS = 10;

    private static final long ANSWER_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final BitSet opened = new BitSet();
    private final BitSet answered = new BitSet();
    private final LongSupplier nanoTime;
    private long answeredSince;
    private long secondBegan;
    private int idleFrames;
    private int pongs;

    UnknownIds(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.answeredSince = nanoTime.getAsLong();
        this.secondBegan = answeredSince;
    }

    /** An id was opened by the other side. */
    void opened(int id) {
        opened.set(id);
    }

    boolean wasOpened(int id) {
        return opened.get(id);
    }

    /** Whether a Keep for an id that is not open gets its End: once in five seconds, the ping ten times a second. */
    boolean deservesAnswer(int id) {
        long now = nanoTime.getAsLong();
        if (id == MuxFrame.MAX_SESSION_ID) {
            tick(now);
            return ++pongs <= MAX_PONGS;
        }
        if (now - answeredSince > ANSWER_AGAIN_NANOS) {
            answered.clear();
            answeredSince = now;
        }
        if (answered.get(id)) {
            return false;
        }
        answered.set(id);
        return true;
    }

    /** Counts a frame that brings nothing forward; true when there are too many of them. */
    boolean isFlood() {
        tick(nanoTime.getAsLong());
        return ++idleFrames > MAX_IDLE_FRAMES;
    }

    private void tick(long now) {
        if (now - secondBegan > SECOND) {
            secondBegan = now;
            idleFrames = 0;
            pongs = 0;
        }
    }
}
