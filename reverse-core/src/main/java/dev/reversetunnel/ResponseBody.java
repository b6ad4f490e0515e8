package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A response: its head, and its body as a stream. Head and body are held until 8 KiB are there, so that a small answer
 * leaves in one flush; then pieces of 32 KiB are written, each when the channel is writable.
 */
final class ResponseBody extends OutputStream {
    static final int HELD_BYTES = 8 * 1024;
    static final int PIECE_BYTES = 32 * 1024;
    static final long UNKNOWN = -1;

    private final ChannelHttpExchange exchange;
    private final HttpSession session;
    private final ChannelHandlerContext ctx;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile State state = State.HEADLESS;
    private @Nullable HttpResponse head;
    private boolean bodiless; // what is written is counted and dropped, as for HEAD
    private long remaining;
    private @Nullable ByteBuf held;
    private @Nullable IOException failure;

    /** HEADLESS ▶ HELD ▶ ON_ITS_WAY ▶ CLOSED; any ▶ CLOSED. */
    private enum State {
        /** The handler has not told the status yet. */
        HEADLESS,
        /** The head is known, and nothing of it has left. */
        HELD,
        /** The head has left. */
        ON_ITS_WAY,
        /** All has left, or never will. */
        CLOSED
    }

    ResponseBody(ChannelHttpExchange exchange, HttpSession session, ChannelHandlerContext ctx) {
        this.exchange = exchange;
        this.session = session;
        this.ctx = ctx;
    }

    /**
     * Tells the head.
     *
     * @param head its framing headers are added here
     * @param length of the body in bytes, or {@link #UNKNOWN}
     * @param bodiless whether the body itself is not sent, and the framing headers are the caller's
     */
    void start(HttpResponse head, long length, boolean bodiless) throws IOException {
        lock.lock();
        try {
            if (state != State.HEADLESS) {
                throw new IOException("response head: already sent");
            }
            this.head = head;
            this.bodiless = bodiless;
            remaining = length;
            state = State.HELD;
            if (length != UNKNOWN && !bodiless) {
                head.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether an informational response can no longer go before this one. */
    boolean hasLeft() {
        return state == State.ON_ITS_WAY || state == State.CLOSED;
    }

    /** Closes what the handler completed and forgot to close. */
    void closeIfComplete() throws IOException {
        lock.lock();
        try {
            if ((state == State.HELD || state == State.ON_ITS_WAY) && (bodiless || remaining == 0)) {
                close();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Answers with this status if the head has not left; resets the session if it has. */
    void abort(HttpResponseStatus status) {
        lock.lock();
        try {
            if (state == State.CLOSED) {
                return;
            }
            boolean late = state == State.ON_ITS_WAY;
            state = State.CLOSED;
            drop();
            changed.signalAll();
            if (late || failure != null) {
                session.reset(exchange);
            } else {
                session.answered(exchange, exchange.plain(status));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Nothing can be sent any more. */
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

    boolean hasFailed() {
        lock.lock();
        try {
            return failure != null;
        } finally {
            lock.unlock();
        }
    }

    /** The channel is writable again. */
    void proceed() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        lock.lock();
        try {
            demandOpen();
            if (remaining != UNKNOWN) {
                if (length > remaining) {
                    throw new IOException(
                            "response body: " + length + " more bytes (expected: at most " + remaining + ")");
                }
                remaining -= length;
            }
            int written = bodiless ? length : 0;
            while (written < length) {
                ByteBuf target = held(length - written);
                int part = Math.min(length - written, target.maxWritableBytes());
                if (part == 0) {
                    send();
                    continue;
                }
                target.writeBytes(source, offset + written, part);
                written += part;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends the head, and what was written up to now. */
    @Override
    public void flush() throws IOException {
        lock.lock();
        try {
            if (state != State.CLOSED) {
                demandOpen();
                if (!bodiless) {
                    send();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            if (state == State.CLOSED) {
                return;
            }
            demandOpen();
            if (remaining > 0 && !bodiless) {
                long missing = remaining;
                abort(HttpResponseStatus.INTERNAL_SERVER_ERROR);
                throw new IOException("response body: " + missing + " bytes missing (expected: as many as announced)");
            }
            HttpContent last = last();
            state = State.CLOSED;
            changed.signalAll();
            session.answered(exchange, last);
        } finally {
            lock.unlock();
        }
    }

    private HttpContent last() {
        ByteBuf rest = held == null ? Unpooled.EMPTY_BUFFER : held;
        held = null;
        if (state == State.ON_ITS_WAY) {
            return rest.isReadable() ? new DefaultLastHttpContent(rest) : LastHttpContent.EMPTY_LAST_CONTENT;
        }
        HttpResponse whole = Objects.requireNonNull(head, "head");
        if (remaining == UNKNOWN && !bodiless) {
            whole.headers().set(HttpHeaderNames.CONTENT_LENGTH, rest.readableBytes());
        }
        exchange.tellPersistence(whole.headers(), exchange.canSkipRest());
        return new DefaultFullHttpResponse(
                whole.protocolVersion(), whole.status(), rest, whole.headers(), EmptyHttpHeaders.INSTANCE);
    }

    /** The buffer to write to; owned by the stream until it is sent or dropped. */
    private ByteBuf held(long wanted) {
        ByteBuf buffer = held;
        if (buffer == null) {
            buffer = state == State.HELD
                    ? Unpooled.buffer((int) Math.min(HELD_BYTES, wanted + Math.max(0, remaining)), HELD_BYTES)
                    : ctx.alloc().buffer(PIECE_BYTES, PIECE_BYTES);
            held = buffer;
        }
        return buffer;
    }

    private void send() throws IOException {
        awaitWritable();
        if (state == State.HELD) {
            HttpResponse first = Objects.requireNonNull(head, "head");
            boolean delimited = remaining != UNKNOWN;
            if (!delimited && exchange.isHttp11()) {
                first.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
                delimited = true;
            }
            exchange.tellPersistence(first.headers(), delimited);
            state = State.ON_ITS_WAY;
            ctx.write(first);
        }
        ByteBuf bytes = held;
        held = null;
        ctx.writeAndFlush(bytes == null ? Unpooled.EMPTY_BUFFER : new DefaultHttpContent(bytes));
    }

    private void awaitWritable() throws IOException {
        session.demandOffLoop();
        while (!ctx.channel().isWritable()) {
            demandOpen();
            try {
                changed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw (IOException) new InterruptedIOException("response body: interrupted").initCause(e);
            }
        }
        demandOpen();
    }

    private void demandOpen() throws IOException {
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
        if (state == State.HEADLESS) {
            throw new IOException("response head: not sent yet (call sendResponseHeaders first)");
        }
        if (state == State.CLOSED) {
            throw new IOException("response body: closed");
        }
    }

    private void drop() {
        if (held != null) {
            held.release();
            held = null;
        }
    }
}
