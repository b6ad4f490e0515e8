package dev.reversetunnel.mux;

import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What happens when sessions do not read: bounded memory first, everybody else second, the slow one last.
 *
 * <p>Mux.cool has no flow control. When a session has queued more than its budget, or all of them more than the
 * tunnel's, reading of the whole connection stops, for there is no other way to stop the sender. It goes on when the
 * queues are half empty again. A session whose full queue stands still for the grace period is ended with an error, so
 * that the others live. (V2Ray 4.34 and Xray 26.3 stall every session of such a tunnel for as long as the slow one
 * likes.)
 *
 * <p>This concerns streams of peers without credit: see {@link LateDatagrams} and {@link CreditedReaders} for the rest.
 *
 * <p>Many queues that are not full can exceed the tunnel's budget together. Then the grace period runs once for all of
 * them, and of those that stood still the largest are ended, until the tunnel may go on.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // written on the event loop only, read by anybody
final class SlowReaders implements InboundBudget {
    private final Channel carrier;
    private final MuxOptions options;
    private final Runnable blockedChanged;
    private final Consumer<MuxSession> tooSlow;
    private final Set<MuxSession> queueing = new HashSet<>();
    private final Map<MuxSession, ScheduledFuture<?>> watched = new HashMap<>();
    private @Nullable ScheduledFuture<?> watchOverAll;
    private volatile int queuedBytes;
    private volatile boolean blocked;
    private boolean closed;

    SlowReaders(Channel carrier, MuxOptions options, Runnable blockedChanged, Consumer<MuxSession> tooSlow) {
        this.carrier = carrier;
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
        if (!stop && watchOverAll != null) {
            watchOverAll.cancel(false);
            watchOverAll = null;
        }
        carrier.config().setAutoRead(!stop);
        blockedChanged.run();
    }

    /** Ends the session if its reader takes nothing at all for the grace period. */
    private void watch(MuxSession session) {
        if (!closed && !watched.containsKey(session)) {
            schedule(session);
        }
    }

    private void schedule(MuxSession session) {
        long taken = session.input().bytesTaken();
        watched.put(session, afterGrace(() -> {
            if (session.input().bytesTaken() != taken) {
                schedule(session);
            } else {
                tooSlow.accept(session);
            }
        }));
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
            if (before != null && before == session.input().bytesTaken()) {
                tooSlow.accept(session);
            }
        }
        if (blocked && isTunnelTooFull()) {
            watchAll();
        }
    }

    private ScheduledFuture<?> afterGrace(Runnable task) {
        return carrier.eventLoop().schedule(task, options.grace().toMillis(), TimeUnit.MILLISECONDS);
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
