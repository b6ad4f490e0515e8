package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A request's body between two threads: the event loop offers what came, the handler's thread waits for it. It holds at
 * most {@link #PAUSE_BYTES} and what one read brings on top. Once closed it skips what comes.
 */
final class RequestBody extends InputStream {
    static final int PAUSE_BYTES = 64 * 1024; // reading of the session pauses
    static final int RESUME_BYTES = 32 * 1024;
    static final int SKIP_BYTES = 64 * 1024; // of a body that nobody wants; as the JDK's server has it

    private final HttpSession session;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<ByteBuf> queue = new ArrayDeque<>(0);
    private final @Nullable Runnable sendContinue;
    private final long announced;
    private boolean continueWanted;
    private long received;
    private int queued;
    private int skipped;
    private boolean paused;
    private boolean ended;
    private boolean closed;
    private @Nullable IOException failure;

    /**
     * A body to come.
     *
     * @param session resumed when there is room again
     * @param announced its length in bytes, 0 if there is none, -1 if it is not known
     * @param sendContinue tells the client to send the body; null if he does not wait for that
     */
    RequestBody(HttpSession session, long announced, @Nullable Runnable sendContinue) {
        this.session = session;
        this.announced = announced;
        this.sendContinue = sendContinue;
        continueWanted = sendContinue != null;
        ended = announced == 0;
    }

    /** Takes what came. Called on the event loop; the buffer is given away. */
    void offer(ByteBuf bytes) {
        int length = bytes.readableBytes();
        lock.lock();
        try {
            received += length;
            if (length == 0 || closed || failure != null) {
                bytes.release();
                skipped += length;
                paused |= skipped > SKIP_BYTES;
                return;
            }
            queue.add(bytes);
            queued += length;
            paused |= queued >= PAUSE_BYTES;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The body is complete. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** No more will come; what is here is dropped. */
    void fail(IOException cause) {
        lock.lock();
        try {
            if (failure == null) {
                failure = cause;
            }
            drop();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the session shall not read: too much is here, or too much was skipped. */
    boolean isPaused() {
        lock.lock();
        try {
            return paused;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the rest, if it is not read, can be skipped to get to the next request. */
    boolean canBeSkipped() {
        lock.lock();
        try {
            return ended || (!continueWanted && failure == null && announced - received <= SKIP_BYTES);
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
        lock.lock();
        try {
            if (!await(length)) {
                return length == 0 ? 0 : -1;
            }
            int taken = 0;
            // copied under the lock, so that the loop can drop the queue whenever the client goes away
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
                session.resume();
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int available() throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new IOException("request body: closed");
            }
            return queued;
        } finally {
            lock.unlock();
        }
    }

    /** Drops what is here, and what is still to come. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            skipped = queued;
            drop();
            changed.signalAll();
            boolean resume = paused && skipped <= SKIP_BYTES;
            paused = skipped > SKIP_BYTES;
            if (resume) {
                session.resume();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean await(int wanted) throws IOException {
        while (true) {
            if (closed) {
                throw new IOException("request body: closed");
            }
            if (failure != null) {
                throw new IOException(failure.getMessage(), failure);
            }
            if (wanted == 0 || (ended && queue.isEmpty())) {
                return false;
            }
            if (!queue.isEmpty()) {
                return true;
            }
            session.demandOffLoop();
            if (continueWanted && sendContinue != null) {
                continueWanted = false;
                sendContinue.run();
            }
            try {
                changed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw (IOException) new InterruptedIOException("request body: interrupted").initCause(e);
            }
        }
    }

    private void drop() {
        for (ByteBuf bytes = queue.poll(); bytes != null; bytes = queue.poll()) {
            bytes.release();
        }
        queued = 0;
    }
}
