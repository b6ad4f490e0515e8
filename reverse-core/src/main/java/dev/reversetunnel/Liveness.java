package dev.reversetunnel;

import dev.reversetunnel.mux.MuxConnection;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whether the other end of a tunnel still lives: asked when it is silent for long, given up when it does not answer.
 * Runs on the tunnel's loop. While our own reading is stopped by a slow reader, its clock stands still.
 */
final class Liveness {
    /**
     * A foreign portal sends something every 2 to 10 s, so this asks only when something is wrong, or nobody is there.
     */
    static final long ASK_AFTER_MILLIS = 15_000;

    /**
     * A foreign peer whose own reader is stalled does not answer and must not be cut (measured with V2Ray 4.34 and Xray
     * 26.3 as bridges): so this is long.
     */
    static final long GIVE_UP_AFTER_MILLIS = 60_000;

    private static final long TICK_MILLIS = 5_000;

    private final MuxConnection mux;
    private final Runnable dead;
    private @Nullable Future<?> ticks;
    private boolean heard = true;
    private long silentMillis;

    Liveness(MuxConnection mux, Runnable dead) {
        this.mux = mux;
        this.dead = dead;
    }

    void start() {
        ticks = mux.carrier()
                .eventLoop()
                .scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    void heard() {
        heard = true;
    }

    private void tick() {
        if (heard || mux.isBlocked()) {
            heard = false;
            silentMillis = 0;
            return;
        }
        silentMillis += TICK_MILLIS;
        if (silentMillis >= GIVE_UP_AFTER_MILLIS) {
            stop();
            dead.run();
        } else if (silentMillis >= ASK_AFTER_MILLIS) {
            mux.ping();
        }
    }

    void stop() {
        if (ticks != null) {
            ticks.cancel(false);
        }
    }
}
