package dev.reversetunnel.door;

import dev.reversetunnel.carrier.CarrierCounters;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts who was let in and who was not, and tells the owner, at most once a minute: strangers must not be able to fill
 * his disk. Thread-safe.
 */
public final class DoorBook {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final Logger logger;
    private final LongSupplier nanos;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder evicted = new LongAdder();
    private final Map<Reason, LongAdder> refused = new EnumMap<>(Reason.class);
    private final AtomicLong nextWarning;

    /**
     * An empty book.
     *
     * @param server in whose name warnings are logged
     * @param nanos tells the time, as {@link System#nanoTime}
     */
    public DoorBook(Class<?> server, LongSupplier nanos) {
        this.logger = LoggerFactory.getLogger(server);
        this.nanos = nanos;
        this.nextWarning = new AtomicLong(nanos.getAsLong());
        for (Reason reason : Reason.values()) {
            refused.put(reason, new LongAdder());
        }
    }

    /** Somebody was let in. */
    public void accepted() {
        accepted.increment();
    }

    /** Somebody had to go, because there were too many. */
    public void evicted() {
        evicted.increment();
    }

    /**
     * Somebody was not let in, but sent on to where strangers are welcome.
     *
     * @param inbound the tag of the inbound
     * @param from his address, if it is known
     * @param cause what is wrong with him
     */
    public void sentOn(String inbound, @Nullable SocketAddress from, CarrierException cause) {
        count(cause);
        logger.debug("inbound \"{}\" sends {} on: {}", inbound, from, cause.getMessage());
    }

    /**
     * Somebody was not let in, or was sent away later.
     *
     * @param inbound the tag of the inbound
     * @param from his address, if it is known
     * @param cause what is wrong with him
     */
    public void refused(String inbound, @Nullable SocketAddress from, CarrierException cause) {
        count(cause);
        logger.debug("inbound \"{}\" refused {}: {}", inbound, from, cause.getMessage());
        // A connection that came and went without a word is nothing to look at: port scans do that all day. Nor is one
        // that
        // broke off later: whoever it was handed to tells of that.
        if (cause.reason() != Reason.INCOMPLETE && cause.reason().isOfOpening() && isTimeToWarn()) {
            CarrierCounters counters = counters();
            logger.warn(
                    "inbound \"{}\" refused {}: {} (so far: {} accepted, refused {}; more in a minute at the earliest)",
                    inbound,
                    from,
                    cause.getMessage(),
                    counters.accepted(),
                    counters.refused());
        }
    }

    /**
     * What is in it.
     *
     * @return a copy
     */
    public CarrierCounters counters() {
        Map<Reason, Long> sums = new EnumMap<>(Reason.class);
        refused.forEach((reason, counter) -> {
            if (counter.sum() > 0) {
                sums.put(reason, counter.sum());
            }
        });
        return new CarrierCounters(accepted.sum(), sums, evicted.sum());
    }

    private void count(CarrierException cause) {
        LongAdder counter = refused.get(cause.reason());
        if (counter != null) {
            counter.increment();
        }
    }

    private boolean isTimeToWarn() {
        long now = nanos.getAsLong();
        long next = nextWarning.get();
        return now - next >= 0 && nextWarning.compareAndSet(next, now + MINUTE);
    }
}
