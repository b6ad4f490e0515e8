package dev.reversetunnel.lab;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One direction of one connection, with its faults: a queue from which pieces come when it is time. On its event loop
 * only. All times are timers of that loop, so that a test which moves the loop's time moves these.
 */
abstract class FaultLine {
    private final Faults faults;
    private final EventExecutor loop;
    private final SplittableRandom random;
    private final Runnable changed = this::changed;
    private final Deque<Held> queue = new ArrayDeque<>();
    private int heldBytes;
    private boolean advancing;
    private boolean busy;
    private boolean lost;
    private boolean over;
    private @Nullable FaultTrigger trigger;
    private @Nullable FaultTrigger armed;

    FaultLine(Faults faults, EventExecutor loop) {
        this.faults = faults;
        this.loop = loop;
        this.random = faults.random();
        faults.listeners().add(changed);
    }

    /** Something that waits for its time; the promise is that of a write. */
    private static final class Held {
        final Object message;
        final @Nullable ChannelPromise promise;
        boolean arrived;

        Held(Object message, @Nullable ChannelPromise promise) {
            this.message = message;
            this.promise = promise;
        }

        int size() {
            return message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
        }
    }

    // ---- what the two directions differ in ----

    /** Lets something out. */
    abstract void emit(Object message, @Nullable ChannelPromise promise);

    /** Whether somebody takes what comes out. */
    abstract boolean isWanted();

    /** Something went out, or was swallowed. */
    abstract void moved();

    /** The connection ends now. */
    abstract void end(Ending ending);

    // ---- in ----

    /** Whether something passes without being touched. */
    boolean isCalm() {
        return queue.isEmpty() && !lost && !over && !busy && faults.isCalm();
    }

    /** Counts what passes without being touched. */
    void passed(Object message) {
        if (message instanceof ByteBuf bytes) {
            faults.passed(bytes.readableBytes());
        }
    }

    /** Takes something that has arrived at this end of the line. */
    void take(Object message, @Nullable ChannelPromise promise) {
        Held held = new Held(message, promise);
        if (over || isSwallowing()) {
            swallow(held);
            return;
        }
        queue.add(held);
        heldBytes += held.size();
        long way = faults.wayNanos(random);
        if (way == 0) {
            held.arrived = true;
        } else {
            loop.schedule(
                    () -> {
                        held.arrived = true;
                        advance();
                    },
                    way,
                    TimeUnit.NANOSECONDS);
        }
        advance();
    }

    /** How many bytes are under way. */
    int heldBytes() {
        return heldBytes;
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** Whether it takes no more for now. */
    boolean isFull() {
        return !isSwallowing() && (faults.isStopped() || heldBytes >= faults.window());
    }

    int window() {
        return faults.window();
    }

    /** Whether something is lost already, or would be. */
    boolean isSwallowing() {
        return lost || faults.isBlackHole();
    }

    boolean isStopped() {
        return faults.isStopped();
    }

    // ---- out ----

    private void changed() {
        try {
            loop.execute(this::advance);
        } catch (RejectedExecutionException e) {
            return; // the loops were ended, and their channels with them
        }
    }

    void advance() {
        if (advancing) {
            return;
        }
        advancing = true;
        try {
            boolean moved = false;
            while (step()) {
                moved = true;
            }
            if (moved || !isFull()) {
                moved();
            }
        } finally {
            advancing = false;
        }
    }

    /** Lets the next piece out; false if there is none, or it is not time yet. */
    private boolean step() {
        Held next = queue.peek();
        if (next == null || over) {
            return false;
        }
        if (isSwallowing()) {
            forget();
            return true;
        }
        if (busy || !next.arrived || faults.isStopped() || !isWanted()) {
            return false;
        }
        if (!(next.message instanceof ByteBuf bytes) || !bytes.isReadable()) {
            queue.remove();
            emit(next.message, next.promise);
            return true;
        }
        int length = faults.piece(bytes.readableBytes(), random);
        FaultTrigger ends = armed();
        int allowed = ends == null ? length : ends.take(length);
        if (ends == null || allowed >= 0) {
            pass(next, bytes, allowed);
            pause(faults.busyNanos(allowed, random));
        } else {
            if (~allowed > 0) {
                pass(next, bytes, ~allowed);
            }
            faults.ended(ends.ending());
            forget();
            end(ends.ending());
        }
        return true;
    }

    private @Nullable FaultTrigger armed() {
        FaultTrigger now = faults.trigger();
        if (now != trigger) {
            trigger = now;
            armed = now == null ? null : now.armed(random);
        }
        return armed;
    }

    private void pass(Held next, ByteBuf bytes, int length) {
        heldBytes -= length;
        faults.passed(length);
        if (length == bytes.readableBytes()) {
            queue.remove();
            emit(bytes, next.promise);
        } else {
            emit(bytes.readRetainedSlice(length), null);
        }
    }

    private void pause(long nanos) {
        if (nanos > 0) {
            busy = true;
            loop.schedule(
                    () -> {
                        busy = false;
                        advance();
                    },
                    nanos,
                    TimeUnit.NANOSECONDS);
        }
    }

    // ---- ends ----

    /** From now on everything is lost, for good; what is held already, too. */
    void forget() {
        lost = true;
        for (Held held = queue.poll(); held != null; held = queue.poll()) {
            swallow(held);
        }
        heldBytes = 0;
    }

    /** The other end is gone, and nothing can be held back any more: lets everything out at once. */
    void flush() {
        if (isSwallowing() || isStopped()) {
            forget();
        }
        for (Held held = queue.poll(); held != null; held = queue.poll()) {
            passed(held.message);
            emit(held.message, held.promise);
        }
        heldBytes = 0;
    }

    /** The end. What is still there is given back. */
    void close(Throwable cause) {
        over = true;
        faults.listeners().remove(changed);
        for (Held held = queue.poll(); held != null; held = queue.poll()) {
            ReferenceCountUtil.release(held.message);
            if (held.promise != null) {
                held.promise.tryFailure(cause);
            }
        }
        heldBytes = 0;
    }

    /** Whoever wrote it learns nothing. */
    private void swallow(Held held) {
        lost = true;
        faults.swallowed(held.size());
        ReferenceCountUtil.release(held.message);
        if (held.promise != null) {
            held.promise.trySuccess();
        }
    }
}
