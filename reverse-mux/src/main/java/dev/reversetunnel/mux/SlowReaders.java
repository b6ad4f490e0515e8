package dev.reversetunnel.mux;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What happens when sessions do not read: bounded memory first, everybody else second, the slow one last.
 *
 * <p>Mux.cool has no flow control. When a session has queued more than its budget, or all of them more than the
 * tunnel's, reading of the whole connection stops, for there is no other way to stop the sender. It goes on when the
 * queues are half empty again. A session whose full queue stands still for the grace period is ended with an error, so
 * that the others live. (V2Ray 4.34 and Xray 26.3 stall every session of such a tunnel for as long as the slow one
 * likes.) One that trickles, a byte now and then, has {@value #GRACE_PERIODS} grace periods to empty half of its queue:
 * with the default budget and grace a reader is spared from 6.4 KiB a second on.
 *
 * <p>This concerns streams of peers without credit: see {@link LateDatagrams} and {@link CreditedReaders} for the rest.
 *
 * <p>Many queues that are not full can exceed the tunnel's budget together. Then the grace period runs once for all of
 * them, and of those that stood still the largest are ended, until the tunnel may go on; if it may not after
 * {@value #GRACE_PERIODS} periods, for they all trickle, the largest of all.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // written on the event loop only, read by anybody
final class SlowReaders implements InboundBudget {
    /** Of our choice: by when a reader that takes something has to have taken half. */
    static final int GRACE_PERIODS = 2;

    private final EventLoop loop;
    private final CarrierReading reading;
    private final MuxOptions options;
    private final Runnable blockedChanged;
    private final BiConsumer<MuxSession, String> tooSlow;
    private final Set<MuxSession> queueing = new HashSet<>();
    private final Map<MuxSession, ScheduledFuture<?>> watched = new HashMap<>();
    private @Nullable ScheduledFuture<?> watchOverAll;
    private int periodsOfAll;
    private volatile int queuedBytes;
    private volatile boolean blocked;
    private boolean closed;

    /**
     * For one connection.
     *
     * @param tooSlow ends a session, and tells what its reader did
     */
    SlowReaders(
            EventLoop loop,
            CarrierReading reading,
            MuxOptions options,
            Runnable blockedChanged,
            BiConsumer<MuxSession, String> tooSlow) {
        this.loop = loop;
        this.reading = reading;
        this.options = options;
        this.blockedChanged = blockedChanged;
        this.tooSlow = tooSlow;
    }

    boolean isBlocked() {
        return blocked;
    }

    int queuedBytes() {
        return queuedBytes;
    }

    @Override
    public void queued(MuxSession session, int bytes) {
        queuedBytes += bytes;
        queueing.add(session);
        if (session.queuedBytes() > options.sessionQueueBytes()) {
            watch(session);
        }
    }

    @Override
    public void taken(MuxSession session, int bytes) {
        queuedBytes -= bytes;
        if (session.queuedBytes() == 0) {
            queueing.remove(session);
        }
        if (session.queuedBytes() <= options.sessionQueueBytes() / 2) {
            ScheduledFuture<?> watch = watched.remove(session);
            if (watch != null) {
                watch.cancel(false);
            }
        }
        if (blocked && watched.isEmpty()) {
            if (isTunnelTooFull()) {
                watchAll();
            } else {
                block(false);
            }
        }
    }

    /** The carrier has given what it had: time to say whether it may go on. */
    void afterBurst() {
        boolean tunnelFull = queuedBytes > options.tunnelQueueBytes();
        if (!blocked && (!watched.isEmpty() || tunnelFull)) {
            block(true);
        }
        if (blocked && tunnelFull) {
            watchAll();
        }
    }

    private boolean isTunnelTooFull() {
        return queuedBytes > options.tunnelQueueBytes() / 2;
    }

    private void block(boolean stop) {
        if (closed) {
            return;
        }
        blocked = stop;
        periodsOfAll = 0;
        if (!stop && watchOverAll != null) {
            watchOverAll.cancel(false);
            watchOverAll = null;
        }
        if (stop) {
            reading.pause(CarrierReading.Pause.SLOW_READER);
        } else {
            reading.goOn(CarrierReading.Pause.SLOW_READER);
        }
        blockedChanged.run();
    }

    /** Ends the session if its reader takes nothing at all for the grace period, or too little for several. */
    private void watch(MuxSession session) {
        if (!closed && !watched.containsKey(session)) {
            schedule(session, 1);
        }
    }

    private void schedule(MuxSession session, int period) {
        long taken = session.input().bytesTaken();
        watched.put(session, afterGrace(() -> {
            boolean moved = session.input().bytesTaken() != taken;
            if (moved && period < GRACE_PERIODS) {
                schedule(session, period + 1);
            } else {
                end(session, moved, period);
            }
        }));
    }

    private void end(MuxSession session, boolean moved, int periods) {
        long millis = options.grace().toMillis() * (moved ? periods : 1);
        tooSlow.accept(
                session,
                moved
                        ? "still had " + session.queuedBytes() + " bytes to take after " + millis + " ms"
                        : "took nothing of " + session.queuedBytes() + " bytes for " + millis + " ms");
    }

    /** Gives all of them the grace period, from now on, if it does not run yet. */
    private void watchAll() {
        if (closed || watchOverAll != null) {
            return;
        }
        Map<MuxSession, Long> taken = new HashMap<>();
        queueing.forEach(session -> taken.put(session, session.input().bytesTaken()));
        watchOverAll = afterGrace(() -> {
            watchOverAll = null;
            periodsOfAll++;
            endLargest(taken);
        });
    }

    private void endLargest(Map<MuxSession, Long> taken) {
        List<MuxSession> largestFirst = new ArrayList<>(queueing);
        largestFirst.sort(Comparator.comparingInt(MuxSession::queuedBytes).reversed());
        for (MuxSession session : largestFirst) {
            if (!isTunnelTooFull()) {
                return;
            }
            Long before = taken.get(session);
            boolean moved = before == null || before != session.input().bytesTaken();
            if (!moved || periodsOfAll >= GRACE_PERIODS) {
                end(session, moved, periodsOfAll);
            }
        }
        if (blocked && isTunnelTooFull()) {
            watchAll();
        }
    }

    private ScheduledFuture<?> afterGrace(Runnable task) {
        return loop.schedule(task, options.grace().toMillis(), TimeUnit.MILLISECONDS);
    }

    void close() {
        closed = true;
        watched.values().forEach(watch -> watch.cancel(false));
        watched.clear();
        queueing.clear();
        if (watchOverAll != null) {
            watchOverAll.cancel(false);
            watchOverAll = null;
        }
    }
}
