package dev.reversetunnel.mux;

import io.netty.channel.Channel;
import java.util.EnumSet;
import java.util.Set;

/** Whether a carrier is read: it is, unless somebody has a reason why not. On its event loop. */
final class CarrierReading {
    /** Why it is not. */
    enum Pause {
        /** A reader has stopped, whose bytes have no other place to wait than with their sender. */
        SLOW_READER,
        /** The other side opens sessions too fast. */
        OPENINGS,
        /** What was read keeps the event loop busy for longer than others should wait. */
        TURN
    }

    private final Channel carrier;
    private final Set<Pause> pauses = EnumSet.noneOf(Pause.class);

    CarrierReading(Channel carrier) {
        this.carrier = carrier;
    }

    void pause(Pause why) {
        pauses.add(why);
        carrier.config().setAutoRead(false);
    }

    /** That reason is gone; others may be there. */
    void goOn(Pause why) {
        if (pauses.remove(why) && pauses.isEmpty()) {
            carrier.config().setAutoRead(true);
        }
    }

    boolean isPaused(Pause why) {
        return pauses.contains(why);
    }
}
