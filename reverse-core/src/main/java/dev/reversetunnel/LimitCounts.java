package dev.reversetunnel;

import dev.reversetunnel.mux.MuxException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How often each limit of a node was met. Any thread. */
final class LimitCounts {
    private static final Logger log = LoggerFactory.getLogger(LimitCounts.class);

    private final BiConsumer<Limit, String> told;
    private final Map<Limit, Count> counts = new ConcurrentHashMap<>();

    /** How often, and whether it may be told now. */
    private record Count(LongAdder times, LogLimiter events) {
        Count() {
            this(new LongAdder(), new LogLimiter(1));
        }
    }

    /**
     * All at zero.
     *
     * @param told hears of a limit, once a second at most
     */
    LimitCounts(BiConsumer<Limit, String> told) {
        this.told = told;
    }

    /**
     * A limit was met.
     *
     * @param detail for people: whose, and what became of it
     */
    void reached(Limit limit, String detail) {
        Count count = counts.computeIfAbsent(limit, first -> new Count());
        count.times().increment();
        if (count.events().allows()) {
            String text = detail + count.events().note();
            log.debug("limit {}: {}", limit, text);
            told.accept(limit, text);
        }
    }

    /**
     * The other end of a connection broke a rule of mux, and met a limit by that, or did not.
     *
     * @param who has broken it
     */
    void reached(String who, MuxException cause) {
        switch (cause.reason()) {
            case FLOOD -> reached(Limit.FRAMES_WITHOUT_PROGRESS, who + ": " + cause.getMessage());
            case SESSION_REFUSED -> reached(Limit.SESSIONS_PER_TUNNEL, who + ": " + cause.getMessage());
            case TOO_SLOW -> reached(Limit.SLOW_READER, who + ": " + cause.getMessage());
            default -> {}
        }
    }

    /** One session of datagrams more than a connection may have took the place of another. */
    void evicted(String who) {
        reached(Limit.ASSOCIATIONS, who + ": the session of datagrams that was idle for longest made room for another");
    }

    /** Those that were met. */
    Map<Limit, Long> snapshot() {
        Map<Limit, Long> met = new EnumMap<>(Limit.class);
        counts.forEach((limit, count) -> met.put(limit, count.times().sum()));
        return met;
    }
}
