package dev.reversetunnel.websocket;

import dev.reversetunnel.ChannelEnds;
import dev.reversetunnel.OutputShutdown;
import dev.reversetunnel.crypto.Randomness;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A stream of bytes in frames, on either side.
 *
 * <p>A close frame is the clean end of the input; a connection that ends without one was cut. Our own goes out when the
 * connection is closed, and not before: V2Ray, as most others, answers a close frame with its own at once and takes
 * nothing more, so an answer would be lost, and pass for whole. What the other end still gets after its close frame is
 * sent all the same; most will not look at it.
 */
final class WebSocketStream extends ChannelDuplexHandler implements OutputShutdown, FrameReader.Sink {
    /** Of our choice: how long a close frame may take to get out, as for TLS. */
    private static final long FAREWELL_MILLIS = 3_000;

    private final FrameReader reader;
    private final FrameWriter writer;
    private final Duration pingEvery;

    private @Nullable ChannelHandlerContext context;
    private @Nullable Future<?> pings;
    private byte @Nullable [] pingUnanswered;
    private State state = State.OPEN;
    private boolean gaveOut;
    private boolean wrote;
    private boolean closing;

    private WebSocketStream(FrameReader reader, FrameWriter writer, Duration pingEvery) {
        this.reader = reader;
        this.writer = writer;
        this.pingEvery = pingEvery;
    }

    static WebSocketStream ofServer(Duration pingEvery) {
        return new WebSocketStream(new FrameReader(true), new FrameWriter(null), pingEvery);
    }

    static WebSocketStream ofClient(Duration pingEvery, Randomness masks) {
        return new WebSocketStream(new FrameReader(false), new FrameWriter(masks), pingEvery);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        long nanos = pingEvery.toNanos();
        pings = ctx.executor().scheduleAtFixedRate(() -> ping(ctx), nanos, nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (pings != null) {
            pings.cancel(false);
        }
    }

    // ---- in ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (state == State.FAILED || !(message instanceof ByteBuf in)) {
            ReferenceCountUtil.release(message);
            return;
        }
        ByteBuf bytes = in.isReadOnly() ? in.copy() : in; // the mask is taken off in place
        try {
            reader.read(bytes, this);
        } catch (FrameException e) {
            fail(ctx, e);
        } finally {
            bytes.release();
            if (bytes != in) {
                in.release();
            }
        }
    }

    @Override
    public void data(ByteBuf piece) {
        if (context == null || state != State.OPEN) {
            piece.release();
            return;
        }
        gaveOut = true;
        context.fireChannelRead(piece);
    }

    @Override
    public void ping(byte[] payload) {
        pingUnanswered = payload; // the last one is enough, should there be several (RFC 6455, 5.5.3)
    }

    @Override
    public void close(int code) {
        ChannelHandlerContext ctx = context;
        if (ctx == null || state != State.OPEN) {
            return;
        }
        if (code == FrameWriter.NORMAL || code == FrameWriter.NO_CODE) {
            state = State.INPUT_ENDED;
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        } else {
            fail(ctx, new IOException("the connection was cut: it was closed with code " + code));
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        answerPing(ctx);
        if (!gaveOut && !ctx.channel().config().isAutoRead()) {
            ctx.read(); // somebody has asked for bytes, and frames without any came
        }
        gaveOut = false;
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != ChannelInputShutdownEvent.INSTANCE) {
            ctx.fireUserEventTriggered(event);
        } else if (state == State.OPEN) {
            fail(ctx, new IOException("the connection was cut: it ended without a close frame"));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            fail(ctx, cause);
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }

    /** Tells once, and resets: whatever came so far was not the whole. */
    private void fail(ChannelHandlerContext ctx, Throwable cause) {
        if (state != State.FAILED) {
            state = State.FAILED;
            ctx.fireExceptionCaught(cause);
            ChannelEnds.reset(ctx.channel());
        }
    }

    // ---- pings ----

    private void ping(ChannelHandlerContext ctx) {
        if (!wrote && ctx.channel().isWritable() && !closing) {
            ctx.writeAndFlush(writer.frame(ctx.alloc(), Opcode.PING, Unpooled.EMPTY_BUFFER), ctx.voidPromise());
        }
        wrote = false;
    }

    private void answerPing(ChannelHandlerContext ctx) {
        byte[] payload = pingUnanswered;
        if (payload != null && ctx.channel().isWritable() && !closing) {
            pingUnanswered = null;
            ctx.writeAndFlush(
                    writer.frame(ctx.alloc(), Opcode.PONG, Unpooled.wrappedBuffer(payload)), ctx.voidPromise());
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        answerPing(ctx);
        ctx.fireChannelWritabilityChanged();
    }

    // ---- out ----

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!(message instanceof ByteBuf bytes) || !bytes.isReadable()) {
            ctx.write(message, promise);
            return;
        }
        wrote = true;
        try {
            while (bytes.readableBytes() > FrameWriter.MAX_PAYLOAD) {
                writeFrame(ctx, bytes.readRetainedSlice(FrameWriter.MAX_PAYLOAD), ctx.voidPromise());
            }
            writeFrame(ctx, bytes.retain(), promise);
        } finally {
            bytes.release();
        }
    }

    private void writeFrame(ChannelHandlerContext ctx, ByteBuf payload, ChannelPromise promise) {
        int length = payload.readableBytes();
        if (!writer.copies(length)) {
            ctx.write(writer.header(ctx.alloc(), Opcode.BINARY, length), ctx.voidPromise());
            ctx.write(payload, promise);
            return;
        }
        try {
            ctx.write(writer.frame(ctx.alloc(), Opcode.BINARY, payload), promise);
        } finally {
            payload.release();
        }
    }

    /** Held back until the connection is closed, see above. */
    @Override
    public ChannelFuture shutdownOutput() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not on a channel");
        }
        ctx.flush();
        return ctx.newSucceededFuture();
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (closing || !ctx.channel().isActive() || ChannelEnds.isResetWhenClosed(ctx.channel())) {
            ctx.close(promise);
            return;
        }
        closing = true;
        ByteBuf code = ctx.alloc().buffer(2).writeShort(FrameWriter.NORMAL);
        ChannelFuture farewell = ctx.writeAndFlush(writer.frame(ctx.alloc(), Opcode.CLOSE, code));
        code.release();
        var impatience = ctx.executor().schedule(() -> ctx.close(promise), FAREWELL_MILLIS, TimeUnit.MILLISECONDS);
        farewell.addListener(sent -> {
            if (impatience.cancel(false)) {
                ctx.close(promise);
            }
        });
    }

    /** OPEN ▶ INPUT_ENDED; both ▶ FAILED. */
    private enum State {
        OPEN,
        INPUT_ENDED,
        FAILED
    }
}
