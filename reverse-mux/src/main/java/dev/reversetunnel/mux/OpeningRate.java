package dev.reversetunnel.mux;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How fast the other side opens sessions. One that is too fast is heard again when the second is over: what it has sent
 * waits with itself, and nothing of it is lost.
 */
final class OpeningRate {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final int most;
    private final LongSupplier nanoTime;
    private long secondBegan;
    private int openings;

    OpeningRate(int most, LongSupplier nanoTime) {
        this.most = most;
        this.nanoTime = nanoTime;
        this.secondBegan = nanoTime.getAsLong();
    }

    /** Counts one in. True for the first that is too many in its second. */
    boolean exceeds() {
        long now = nanoTime.getAsLong();
        if (now - secondBegan >= SECOND) {
            secondBegan = now;
            openings = 0;
        }
        return ++openings == most + 1;
    }

    /** Nothing is read for the rest of the second. */
    void delay(CarrierReading reading, EventLoop loop) {
        if (!reading.isPaused(CarrierReading.Pause.OPENINGS)) {
            reading.pause(CarrierReading.Pause.OPENINGS);
            long left = Math.max(1, SECOND - (nanoTime.getAsLong() - secondBegan));
            loop.schedule(() -> reading.goOn(CarrierReading.Pause.OPENINGS), left, TimeUnit.NANOSECONDS);
        }
    }
}
