package dev.reversetunnel.mux;

import io.netty.buffer.ByteBuf;
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
 * <p>What was written in one turn of the event loop is flushed at its end, or as soon as a few sessions have something.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // written on the event loop only, read by anybody
final class WriteTurns {
    /**
     * Of our choice: what one session may write before the next one's turn: all of a read, so that it is one write also
     * at the other end.
     */
    static final int QUANTUM = 4 * 16_360;

    /**
     * Of our choice: so many sessions are written at once, and not at the end of the event loop's turn, so that the
     * other side is at work on them while this one reads the next. Else a crowd of small requests goes through portal
     * and bridge like a convoy, and one of two processors waits for the other. Two sealed chunks a request more with
     * one at a time, for no more answers.
     */
    static final int MAX_WAITING = 4;

    /** Of our choice: 64 KiB of Ends, which a peer makes us queue by not reading them. */
    static final int MAX_CONTROL_FRAMES = 64 * 1024 / 6;

    /** Of our choice: then others have their turn of the event loop, however fast the carrier is. */
    private static final int MAX_ROUNDS = 16;

    private final Channel carrier;
    private final MuxFrameEncoder encoder;
    private final Consumer<MuxException> fail;
    private final Queue<MuxSession> ready = new ArrayDeque<>();
    private final Deque<MuxFrame> control = new ArrayDeque<>();
    private final Runnable task = this::run;
    private boolean scheduled;
    private boolean taking;
    private boolean closed;
    private volatile long bytesSent;

    WriteTurns(Channel carrier, MuxFrameEncoder encoder, Consumer<MuxException> fail) {
        this.carrier = carrier;
        this.encoder = encoder;
        this.fail = fail;
    }

    /** The session has something to write: bytes, its New, or its End. */
    void ready(MuxSession session) {
        if (!closed && session.output().waitForTurn()) {
            ready.add(session);
            if (ready.size() >= MAX_WAITING) {
                take();
            } else {
                schedule();
            }
        }
    }

    /** The session is closed: a carrier that is stuck would keep it for as long. */
    void forget(MuxSession session) {
        ready.remove(session);
    }

    /** The session's New goes out with its first bytes, or alone when the next turn of the event loop brought none. */
    void announceSoon(MuxSession session) {
        // A delay of nothing lets the loop look at its sockets once before.
        carrier.eventLoop()
                .schedule(
                        () -> {
                            if (!session.output().isAnnounced() && session.isOpen()) {
                                ready(session);
                            }
                        },
                        0,
                        TimeUnit.NANOSECONDS);
    }

    /** A frame of our own making goes out before the sessions' next turn. Bounded, for the other side asks for most. */
    void control(MuxFrame frame) {
        if (closed) {
            frame.release();
        } else if (control.size() >= MAX_CONTROL_FRAMES) {
            frame.release();
            fail.accept(new MuxException(
                    MuxException.Reason.FLOOD,
                    "queued answers: " + (control.size() + 1) + " (expected: at most " + MAX_CONTROL_FRAMES
                            + "; the other side does not read)"));
        } else {
            control.add(frame);
            schedule();
        }
    }

    private void run() {
        scheduled = false;
        take();
    }

    /** Writes while the carrier takes it. */
    void take() {
        if (taking || closed) {
            return;
        }
        taking = true;
        try {
            int rounds = 0;
            // The flush may make the carrier writable again, and Netty does not call back into it: look again.
            while (!closed && carrier.isWritable() && !(ready.isEmpty() && control.isEmpty())) {
                if (rounds++ == MAX_ROUNDS) {
                    schedule();
                    return;
                }
                writeAll();
                carrier.flush();
            }
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
            MuxSession session = ready.poll();
            if (session == null) {
                return;
            }
            if (session.output().takeTurn(QUANTUM)) {
                ready.add(session);
            }
        }
    }

    /** Hands a session's frame to the carrier, behind what is there already. */
    void write(MuxFrame frame) {
        bytesSent += frame.payload().readableBytes();
        carrier.write(frame, carrier.voidPromise());
    }

    /** The same with bytes of a stream that the other side knows. */
    void writeStream(int sessionId, ByteBuf bytes) {
        bytesSent += bytes.readableBytes();
        encoder.writeStream(carrier, sessionId, bytes);
    }

    /** Hands a frame of our own making to the carrier, right before one of a session's. */
    void writeBefore(MuxFrame frame) {
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
