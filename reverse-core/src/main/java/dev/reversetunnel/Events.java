package dev.reversetunnel;

import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners; one that throws harms nobody. Counts what is too frequent to be told. */
final class Events {
    private static final Logger log = LoggerFactory.getLogger(Events.class);

    private final List<TunnelListener> listeners;
    private final DatagramCounts datagrams = new DatagramCounts();
    private final LimitCounts limits =
            new LimitCounts((limit, detail) -> tell(listener -> listener.limitReached(limit, detail)));

    Events(List<TunnelListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    DatagramCounts datagrams() {
        return datagrams;
    }

    LimitCounts limits() {
        return limits;
    }

    void tell(Consumer<TunnelListener> what) {
        for (TunnelListener listener : listeners) {
            try {
                what.accept(listener);
            } catch (Exception | LinkageError | AssertionError | StackOverflowError e) {
                log.warn("a TunnelListener threw; it is called again next time", e);
            }
        }
    }
}
