package dev.reversetunnel.mux;

import io.netty.channel.Channel;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What happens when sessions do not read: bounded memory first, everybody else second, the slow one last.
 *
 * <p>Mux.cool has no flow control. When a session has queued more than its budget, or all of them more than the
 * tunnel's, reading of the whole connection stops, for there is no other way to stop the sender. It goes on when the
 * queues are half empty again. A session whose full queue stands still for the grace period is ended with an error, so
 * that the others live. (V2Ray 4.34 and Xray 26.3 stall every session of such a tunnel for as long as the slow one
 * likes.)
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // written on the event loop only, read by anybody
final class SlowReaders {
    private final Channel carrier;
    private final MuxOptions options;
    private final Runnable blockedChanged;
    private final Consumer<MuxSession> tooSlow;
    private final Set<MuxSession> queueing = new HashSet<>();
    private final Set<MuxSession> watched = new HashSet<>();
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

    /** A session had to queue bytes. */
    void queued(MuxSession session, int bytes) {
        queuedBytes += bytes;
        queueing.add(session);
        if (session.queuedBytes() > options.sessionQueueBytes()) {
            watch(session);
        }
    }

    /** A session's reader took bytes, or they were thrown away. */
    void taken(MuxSession session, int bytes) {
        queuedBytes -= bytes;
        if (session.queuedBytes() == 0) {
            queueing.remove(session);
        }
        if (session.queuedBytes() <= options.sessionQueueBytes() / 2) {
            watched.remove(session);
        }
        if (blocked && watched.isEmpty() && queuedBytes <= options.tunnelQueueBytes() / 2) {
            block(false);
        }
    }

    /** The carrier has given what it had: time to say whether it may go on. */
    void afterBurst() {
        if (!blocked && (!watched.isEmpty() || queuedBytes > options.tunnelQueueBytes())) {
            block(true);
        }
        if (blocked && watched.isEmpty()) {
            watchLargest();
        }
    }

    private void block(boolean stop) {
        if (closed) {
            return;
        }
        blocked = stop;
        carrier.config().setAutoRead(!stop);
        blockedChanged.run();
    }

    /** Many queues that are not full can exceed the tunnel's budget: the largest answers for it. */
    private void watchLargest() {
        queueing.stream().max(Comparator.comparingInt(MuxSession::queuedBytes)).ifPresent(this::watch);
    }

    /** Ends the session if its reader takes nothing at all for the grace period. */
    private void watch(MuxSession session) {
        if (watched.add(session)) {
            schedule(session);
        }
    }

    private void schedule(MuxSession session) {
        long taken = session.bytesTaken();
        carrier.eventLoop()
                .schedule(
                        () -> {
                            if (closed || !watched.contains(session)) {
                                return;
                            }
                            if (session.bytesTaken() != taken) {
                                schedule(session);
                                return;
                            }
                            tooSlow.accept(session);
                            if (blocked && watched.isEmpty()) {
                                watchLargest();
                            }
                        },
                        options.grace().toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    void close() {
        closed = true;
        watched.clear();
        queueing.clear();
    }
}
