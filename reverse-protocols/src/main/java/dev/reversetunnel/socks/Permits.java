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

    /** Takes one, if there is one left. Never more for a moment: who comes meanwhile would be refused for nobody. */
    boolean take() {
        return taken.getAndUpdate(before -> Math.min(before + 1, most)) < most;
    }

    void giveBack() {
        taken.decrementAndGet();
    }
}
