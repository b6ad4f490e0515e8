package dev.reversetunnel;

import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What the two streams of a connection share: its lock, whom they wait for, and how it failed. */
final class ConnectionLock {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final EventLoopGroup loops;
    private long timeoutNanos;
    private @Nullable IOException failure;
    private int ended;

    ConnectionLock(EventLoopGroup loops) {
        this.loops = loops;
    }

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    void timeout(Duration time) {
        lock.lock();
        try {
            timeoutNanos = time.compareTo(Duration.ofDays(365)) > 0 ? 0 : time.toNanos();
        } finally {
            lock.unlock();
        }
    }

    /** The connection is gone; what has arrived before can still be read. Only the first reason counts. */
    void fail(IOException cause) {
        lock.lock();
        try {
            if (failure == null) {
                failure = cause;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** One direction has ended. True for the second one: then the channel is of no use any more. */
    boolean endOne() {
        lock.lock();
        try {
            changed.signalAll();
            return ++ended == 2;
        } finally {
            lock.unlock();
        }
    }

    /** Something has changed for whoever waits. */
    void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    boolean hasFailed() {
        return failure != null;
    }

    /** Under the lock: a failure of its own for each who asks, with his own stack. */
    IOException failure() {
        return new IOException(failure == null ? "closed" : failure.getMessage(), failure);
    }

    void refuseOnLoop(String what) {
        if (Loops.isOnLoop(loops)) {
            throw new IllegalStateException(what + "() waits and must not be called on an event loop");
        }
    }

    /** What somebody waits for. */
    interface Attempt<T> {
        /** It, or null to go on waiting. Called under the lock. */
        @Nullable
        T now() throws IOException;
    }

    /** Waits for it, as long as the time-out says. Under the lock. */
    <T> T await(String what, Attempt<T> attempt) throws IOException {
        long began = System.nanoTime();
        T result = attempt.now();
        while (result == null) {
            try {
                if (timeoutNanos == 0) {
                    changed.await();
                } else if (changed.awaitNanos(began + timeoutNanos - System.nanoTime()) <= 0) {
                    throw new SocketTimeoutException(what + ": timed out");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw (IOException) new InterruptedIOException(what + ": interrupted").initCause(e);
            }
            result = attempt.now();
        }
        return result;
    }
}
