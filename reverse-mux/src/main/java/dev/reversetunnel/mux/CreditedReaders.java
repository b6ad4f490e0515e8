package dev.reversetunnel.mux;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The readers of extended sessions: each sender has credit, so one who stops reading holds up his own sender and nobody
 * else, and the connection is read all the time.
 *
 * <p>Windows grow out of the tunnel's budget and the node's. What waits beyond that growth is counted in the node's
 * budget, too; when that is spent, the session of this connection that has most waiting is ended.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // written on the event loop only, read by anybody
final class CreditedReaders implements InboundBudget, ByteBudget {
    private final MuxOptions options;
    private final LongSupplier nanoTime;
    private final LongSupplier roundTrip;
    private final WriteTurns turns;
    private final Consumer<MuxSession> tooMuch;
    private final Set<MuxSession> queueing = new HashSet<>();
    private int grown;
    private volatile int queuedBytes;

    CreditedReaders(
            MuxOptions options,
            LongSupplier nanoTime,
            LongSupplier roundTrip,
            WriteTurns turns,
            Consumer<MuxSession> tooMuch) {
        this.options = options;
        this.nanoTime = nanoTime;
        this.roundTrip = roundTrip;
        this.turns = turns;
        this.tooMuch = tooMuch;
    }

    int queuedBytes() {
        return queuedBytes;
    }

    /** A session begins. */
    ReceiveWindow window(int initial) {
        return new ReceiveWindow(initial, nanoTime.getAsLong());
    }

    /** Its other side may hear of credit from now on. */
    void begin(MuxSession session, ReceiveWindow window) {
        grant(session, window.top());
    }

    @Override
    public void passed(MuxSession session, int bytes) {
        ReceiveWindow window = session.window();
        if (window != null) {
            grant(
                    session,
                    window.taken(bytes, nanoTime.getAsLong(), roundTrip.getAsLong(), options.tunnelQueueBytes(), this));
        }
    }

    private void grant(MuxSession session, int bytes) {
        if (bytes > 0 && !session.input().isOver()) {
            turns.control(new MuxRecord.Credit(bytes).frame(session.sessionId(), session.alloc()));
        }
    }

    @Override
    public void queued(MuxSession session, int bytes) {
        queuedBytes += bytes;
        queueing.add(session);
        if (keep(session)) {
            return;
        }
        MuxSession largest = largest();
        if (largest != null && !largest.equals(session)) {
            tooMuch.accept(largest);
        }
        if (!keep(session)) {
            tooMuch.accept(session);
        }
    }

    /** Reserves what the session has queued beyond what its window has grown. */
    private boolean keep(MuxSession session) {
        ReceiveWindow window = session.window();
        if (window == null) {
            return true;
        }
        int missing = beyondGrowth(session, window) - window.reserved();
        if (missing > 0) {
            if (!options.budget().reserve(missing)) {
                return false;
            }
            window.reserved(window.reserved() + missing);
        }
        return true;
    }

    private static int beyondGrowth(MuxSession session, ReceiveWindow window) {
        return Math.max(0, session.queuedBytes() - window.grown());
    }

    private @Nullable MuxSession largest() {
        MuxSession largest = null;
        for (MuxSession session : queueing) {
            if (largest == null || session.queuedBytes() > largest.queuedBytes()) {
                largest = session;
            }
        }
        return largest;
    }

    @Override
    public void taken(MuxSession session, int bytes) {
        discarded(session, bytes);
        passed(session, bytes);
    }

    @Override
    public void discarded(MuxSession session, int bytes) {
        queuedBytes -= bytes;
        if (session.queuedBytes() == 0) {
            queueing.remove(session);
        }
        ReceiveWindow window = session.window();
        if (window != null) {
            int surplus = window.reserved() - beyondGrowth(session, window);
            if (surplus > 0) {
                window.reserved(window.reserved() - surplus);
                options.budget().release(surplus);
            }
        }
    }

    @Override
    public void closed(MuxSession session) {
        ReceiveWindow window = session.window();
        if (window != null) {
            release(window.grown());
        }
    }

    // ---- what windows grow out of ----

    @Override
    public boolean reserve(int bytes) {
        if (grown + bytes > options.tunnelQueueBytes() || !options.budget().reserve(bytes)) {
            return false;
        }
        grown += bytes;
        return true;
    }

    @Override
    public void release(int bytes) {
        grown -= bytes;
        options.budget().release(bytes);
    }
}
