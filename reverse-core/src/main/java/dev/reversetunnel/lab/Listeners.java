package dev.reversetunnel.lab;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Who wants to hear that faults have changed. Any thread. */
final class Listeners {
    private final Set<Runnable> all = ConcurrentHashMap.newKeySet();

    void add(Runnable listener) {
        all.add(listener);
    }

    void remove(Runnable listener) {
        all.remove(listener);
    }

    void tell() {
        all.forEach(Runnable::run);
    }
}
