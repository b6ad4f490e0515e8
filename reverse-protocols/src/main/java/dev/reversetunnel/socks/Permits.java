package dev.reversetunnel.socks;

import java.util.concurrent.atomic.AtomicInteger;

/** So many of something at a time. Thread-safe: shared by all event loops of a listener. */
final class Permits {
    private final int most;
    private final AtomicInteger taken = new AtomicInteger();

    Permits(int most) {
        this.most = most;
    }

    int most() {
        return most;
    }

    /** Takes one, if there is one left. */
    boolean take() {
        if (taken.incrementAndGet() <= most) {
            return true;
        }
        taken.decrementAndGet();
        return false;
    }

    void giveBack() {
        taken.decrementAndGet();
    }
}
