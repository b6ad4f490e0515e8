package dev.reversetunnel;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Visitors of a portal for whom there is no bridge yet, first come first served. Any thread. */
final class WaitingVisitors {
    private final int most;
    private final Duration patience;
    private final Supplier<TunnelException> noBridge;
    private final Queue<PendingVisitor> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    /**
     * None yet.
     *
     * @param most how many may wait
     * @param patience how long each does
     * @param noBridge what one is told whose time is up
     */
    WaitingVisitors(int most, Duration patience, Supplier<TunnelException> noBridge) {
        this.most = most;
        this.patience = patience;
        this.noBridge = noBridge;
    }

    int count() {
        return count.get();
    }

    /** Holds one until he has a session, or is told that there is none; false if as many wait as may. */
    boolean hold(PendingVisitor visitor) {
        if (count.incrementAndGet() > most) {
            count.decrementAndGet();
            return false;
        }
        queue.add(visitor);
        var timeout = visitor.loop()
                .schedule(
                        () -> visitor.session().tryFailure(noBridge.get()), patience.toMillis(), TimeUnit.MILLISECONDS);
        visitor.session().addListener(done -> {
            count.decrementAndGet();
            queue.remove(visitor);
            timeout.cancel(false);
        });
        return true;
    }

    /** The next one; null if nobody waits. */
    @Nullable
    PendingVisitor next() {
        return queue.poll();
    }

    /** For the next one, for whom there was no bridge after all. */
    void putBack(PendingVisitor visitor) {
        queue.add(visitor);
    }
}
