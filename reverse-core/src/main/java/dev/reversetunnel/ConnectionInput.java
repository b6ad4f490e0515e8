package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What comes from the other side of a connection, between two threads: the event loop offers it, the application waits
 * for it. It holds at most {@link #PAUSE_BYTES} and what one read brings on top.
 */
final class ConnectionInput extends InputStream {
    static final int PAUSE_BYTES = 64 * 1024; // reading of the channel pauses
    static final int RESUME_BYTES = 32 * 1024;

    private final ConnectionLock lock;
    private final Deque<ByteBuf> queue = new ArrayDeque<>(2);
    private Runnable reader = () -> {};
    private int queued;
    private boolean paused;
    private boolean ended;
    private boolean closed;

    ConnectionInput(ConnectionLock lock) {
        this.lock = lock;
    }

    /** How to get more; any thread may run it. */
    void readsBy(Runnable read) {
        lock.lock();
        try {
            reader = read;
        } finally {
            lock.unlock();
        }
    }

    /** Takes what came. Called on the event loop; the buffer is given away. */
    void offer(ByteBuf bytes) {
        lock.lock();
        try {
            if (closed || !bytes.isReadable()) {
                bytes.release();
                return;
            }
            queued += bytes.readableBytes();
            queue.add(bytes);
            paused = queued >= PAUSE_BYTES;
            lock.wake();
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is room. Called on the event loop. */
    boolean wantsMore() {
        lock.lock();
        try {
            return !paused && !ended;
        } finally {
            lock.unlock();
        }
    }

    /** The other side has no more to say. True if that is the end of both directions. */
    boolean end() {
        lock.lock();
        try {
            ended = true;
            return lock.endOne();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        lock.refuseOnLoop("read");
        lock.lock();
        try {
            if (length == 0) {
                return 0;
            }
            if (!lock.await("read", this::isReady)) {
                return -1;
            }
            int taken = 0;
            // copied under the lock, so that the queue can be dropped whenever the stream is closed
            for (ByteBuf first = queue.peek(); first != null && taken < length; first = queue.peek()) {
                int part = Math.min(length - taken, first.readableBytes());
                first.readBytes(target, offset + taken, part);
                taken += part;
                if (!first.isReadable()) {
                    queue.remove();
                    first.release();
                }
            }
            queued -= taken;
            if (paused && queued <= RESUME_BYTES) {
                paused = false;
                reader.run();
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is something to read, or the end; null if that is to be waited for. */
    private @Nullable Boolean isReady() throws IOException {
        if (closed) {
            throw new IOException("input: closed");
        }
        if (!queue.isEmpty()) {
            return true;
        }
        if (ended) {
            return false;
        }
        if (lock.hasFailed()) {
            throw lock.failure();
        }
        return null;
    }

    @Override
    public int available() throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new IOException("input: closed");
            }
            return queued;
        } finally {
            lock.unlock();
        }
    }

    /** Drops what is here, and what is still to come: its sender is not stopped. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            queue.forEach(ByteBuf::release);
            queue.clear();
            queued = 0;
            lock.wake();
            if (paused) {
                paused = false;
                reader.run();
            }
        } finally {
            lock.unlock();
        }
    }
}
