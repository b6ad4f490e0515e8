package dev.reversetunnel.mux;

import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Fair writing: sessions that have data take turns of one quantum whenever the carrier is writable, so a bulk transfer
 * delays another session's first byte by one quantum per session plus what the carrier has queued.
 *
 * <p>Everything that was written in one turn of the event loop is flushed once, at its end.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // written on the event loop only, read by anybody
final class WriteTurns {
    /** Of our choice: what one session may write before the next one's turn; two frames of the default size. */
    static final int QUANTUM = 32 * 1024;

    /** Of our choice: answers that a peer makes us queue by not reading them. */
    static final int MAX_ANSWER_BYTES = 64 * 1024;

    private static final int END_BYTES = 6;

    private final Channel carrier;
    private final Consumer<MuxException> fail;
    private final Queue<MuxSession> ready = new ArrayDeque<>();
    private final Deque<MuxFrame> control = new ArrayDeque<>();
    private final Runnable task = this::take;
    private int answers;
    private boolean scheduled;
    private boolean taking;
    private boolean closed;
    private volatile long bytesSent;

    WriteTurns(Channel carrier, Consumer<MuxException> fail) {
        this.carrier = carrier;
        this.fail = fail;
    }

    /** The session has something to write: bytes, its New, or its End. */
    void ready(MuxSession session) {
        if (!closed && session.waitForTurn()) {
            ready.add(session);
            schedule();
        }
    }

    /** The session's New goes out with its first bytes, or alone when the next turn of the event loop brought none. */
    void announceSoon(MuxSession session) {
        // A delay of nothing lets the loop look at its sockets once before.
        carrier.eventLoop()
                .schedule(
                        () -> {
                            if (!session.isAnnounced() && session.isOpen()) {
                                ready(session);
                            }
                        },
                        0,
                        TimeUnit.NANOSECONDS);
    }

    /** A frame of our own making goes out before the sessions' next turn. */
    void control(MuxFrame frame) {
        if (closed) {
            frame.release();
            return;
        }
        control.add(frame);
        schedule();
    }

    /** A frame that the other side made us send: bounded. */
    void answer(MuxFrame frame) {
        if (++answers * END_BYTES > MAX_ANSWER_BYTES) {
            frame.release();
            fail.accept(new MuxException(
                    MuxException.Reason.FLOOD,
                    "queued answers: " + answers + " (expected: at most " + MAX_ANSWER_BYTES / END_BYTES
                            + "; the other side does not read)"));
            return;
        }
        control(frame);
    }

    /** Writes while the carrier takes it. */
    void take() {
        scheduled = false;
        if (taking || closed) {
            return;
        }
        taking = true;
        try {
            do {
                writeAll();
                carrier.flush();
                // The flush may have made the carrier writable again, and Netty does not call back into it: look again.
            } while (!closed && carrier.isWritable() && !(ready.isEmpty() && control.isEmpty()));
        } finally {
            taking = false;
        }
    }

    private void writeAll() {
        while (!closed && carrier.isWritable()) {
            MuxFrame frame = control.poll();
            if (frame != null) {
                carrier.write(frame, carrier.voidPromise());
                continue;
            }
            answers = 0;
            MuxSession session = ready.poll();
            if (session == null) {
                return;
            }
            if (session.takeTurn(this, QUANTUM)) {
                ready.add(session);
            }
        }
    }

    /** Hands a session's frame to the carrier, behind what is there already. */
    void write(MuxFrame frame) {
        bytesSent += frame.payload().readableBytes();
        carrier.write(frame, carrier.voidPromise());
    }

    long bytesSent() {
        return bytesSent;
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            carrier.eventLoop().execute(task);
        }
    }

    void close() {
        closed = true;
        ready.clear();
        for (@Nullable MuxFrame frame = control.poll(); frame != null; frame = control.poll()) {
            frame.release();
        }
    }
}
