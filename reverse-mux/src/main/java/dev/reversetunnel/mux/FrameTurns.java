package dev.reversetunnel.mux;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How long the frames of one connection may keep its event loop busy before others on it have their turn. A read is 64
 * KiB at most, which is four frames of a bulk transfer; a peer that means ill makes ten thousand of it, and some of
 * them are dear.
 */
final class FrameTurns {
    /** Of our choice: who exchanges small messages by the same loop waits for it a few times for each. */
    private static final long TURN_NANOS = TimeUnit.MICROSECONDS.toNanos(250);

    /** Of our choice: most bursts are fewer frames, and look at the clock once. */
    private static final int FRAMES_BETWEEN_LOOKS = 4;

    private final CarrierReading reading;
    private final LongSupplier nanoTime;
    private int frames;
    private long began;

    FrameTurns(CarrierReading reading, LongSupplier nanoTime) {
        this.reading = reading;
        this.nanoTime = nanoTime;
    }

    /** A turn begins, or a read that is the first of one. */
    void begin() {
        frames = 0;
    }

    /** Counts a frame; true if it was the last of this turn. */
    boolean isOver() {
        if (frames++ == 0) {
            began = nanoTime.getAsLong(); // the first is never the last one: there is always some progress
        }
        return frames % FRAMES_BETWEEN_LOOKS == 0 && nanoTime.getAsLong() - began >= TURN_NANOS;
    }

    /** Something is left for the next turn: nothing more is read meanwhile. */
    void rest() {
        reading.pause(CarrierReading.Pause.TURN);
    }

    /** Nothing is left. */
    void done() {
        reading.goOn(CarrierReading.Pause.TURN);
    }
}
