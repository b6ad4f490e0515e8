package dev.reversetunnel.mux;

import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What arrives for a session: handed on at once to a reader who reads, queued for one who does not. Behind the last of
 * it, how the input ended.
 */
final class SessionInput {
    /** How far the other side's direction has come. OPEN ▶ HALF ▶ CLEAN or RESET; OPEN ▶ CLEAN or RESET. */
    enum End {
        /** More may come. */
        OPEN,
        /** Nothing more comes, and this side may go on; by the extension only. */
        HALF,
        /** The session is over, in order. */
        CLEAN,
        /** The session is over, and something is missing. */
        RESET
    }

    private final MuxSession session;
    private final InboundBudget budget;
    /** Made when something has to wait: most sessions never queue. */
    private @Nullable Queue<Object> queue;

    private int queuedBytes;
    private long bytesTaken;
    private boolean readPending;
    private boolean readFired;
    private boolean drainScheduled;
    private boolean told;
    private End end = End.OPEN;

    SessionInput(MuxSession session, InboundBudget budget) {
        this.session = session;
        this.budget = budget;
    }

    int queuedBytes() {
        return queuedBytes;
    }

    long bytesTaken() {
        return bytesTaken;
    }

    End end() {
        return end;
    }

    /** Whether the session is over for the other side. */
    boolean isOver() {
        return end == End.CLEAN || end == End.RESET;
    }

    // ---- what arrives ----

    /**
     * Hands a message on, or queues it for a reader that does not read.
     *
     * @return true if something was fired and no read-complete is owed for this burst yet
     */
    boolean deliver(Object message, int length) {
        if (readPending && isEmpty()) {
            bytesTaken += length;
            boolean first = !readFired;
            readFired = true;
            budget.passed(session, length);
            session.pipeline().fireChannelRead(message);
            return first;
        }
        if (!budget.takes(session, length)) {
            ReferenceCountUtil.release(message);
            session.dropped();
            return false;
        }
        if (queue == null) {
            queue = new ArrayDeque<>(2);
        }
        queue.add(message);
        queuedBytes += length;
        budget.queued(session, length);
        return false;
    }

    /** The burst is over. */
    void readComplete() {
        if (readFired) {
            readFired = false;
            readPending = false;
            session.pipeline().fireChannelReadComplete();
        }
    }

    /** Nothing comes behind what is queued. */
    void ended(End how) {
        end = how;
        finish();
    }

    // ---- who reads ----

    void beginRead() {
        readPending = true;
        if ((!isEmpty() || (end != End.OPEN && !told)) && !drainScheduled) {
            drainScheduled = true;
            // Later: the reader may be in the middle of something, such as a change of its own writability.
            session.eventLoop().execute(this::drain);
        }
    }

    void stopRead() {
        readPending = false;
    }

    private void drain() {
        drainScheduled = false;
        int taken = 0;
        while (session.isOpen() && readPending && queue != null && !queue.isEmpty()) {
            Object message = queue.remove();
            int length = MuxSession.length(message);
            queuedBytes -= length;
            taken += length;
            readFired = true;
            session.pipeline().fireChannelRead(message);
        }
        if (taken > 0) {
            bytesTaken += taken;
            budget.taken(session, taken);
        }
        if (isEmpty() && end != End.OPEN) {
            finish();
        } else {
            readComplete();
        }
    }

    private void finish() {
        if (end == End.OPEN || !isEmpty() || !session.isOpen()) {
            return;
        }
        if (end == End.RESET || told) {
            if (isOver()) {
                session.close();
            }
            return;
        }
        if (!readPending && !readFired) {
            return; // told when somebody reads, as with a socket
        }
        readComplete();
        if (!session.isOpen()) {
            return; // by one of its handlers: to those behind, that is no clean end
        }
        told = true;
        session.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        session.pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
        if (isOver() || !session.isAllowHalfClosure()) {
            session.close();
        }
    }

    private boolean isEmpty() {
        return queue == null || queue.isEmpty();
    }

    /** The session is closed: nobody takes what is queued. */
    void discard() {
        if (queue != null) {
            for (Object message = queue.poll(); message != null; message = queue.poll()) {
                ReferenceCountUtil.release(message);
            }
        }
        int discarded = queuedBytes;
        queuedBytes = 0;
        if (discarded > 0) {
            budget.discarded(session, discarded);
        }
        budget.closed(session);
    }
}
