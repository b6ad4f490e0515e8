package dev.reversetunnel.websocket;

import dev.reversetunnel.ChannelEnds;
import dev.reversetunnel.OutputShutdown;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Frames to a stream of bytes and back, on either side. Where a frame or a message begins or ends means nothing.
 *
 * <p>A close frame is the clean end of the input; a connection that ends without one was cut. Our own goes out when the
 * connection is closed, and not before: V2Ray, as most others, answers a close frame with its own at once and takes
 * nothing more, so an answer would be lost, and pass for whole. What is written after the other end's close frame is
 * sent all the same; most will not look at it.
 */
final class WebSocketStream extends ChannelDuplexHandler implements OutputShutdown {
    /** Of our choice: how long a close frame may take to get out, as Netty has it for TLS. */
    private static final long FAREWELL_MILLIS = 3_000;

    /** Why a close frame comes: all was said. */
    private static final int NORMAL = 1_000;

    /** Of one without a reason in it. */
    private static final int NO_CODE = -1;

    private final Duration pingEvery;

    private @Nullable ChannelHandlerContext context;
    private @Nullable Future<?> pings;
    private @Nullable WebSocketFrame unanswered;
    private State state = State.SHAKING;
    private boolean gaveOut;
    private boolean wrote;
    private boolean nobodyListens;
    private boolean closing;

    WebSocketStream(Duration pingEvery) {
        this.pingEvery = pingEvery;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** Hands are shaken. Until then all that happens is the gate's. */
    void open(ChannelHandlerContext ctx) {
        state = State.OPEN;
        long nanos = pingEvery.toNanos();
        pings = ctx.executor().scheduleAtFixedRate(() -> ping(ctx), nanos, nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (pings != null) {
            pings.cancel(false);
        }
        ReferenceCountUtil.release(unanswered);
        unanswered = null;
    }

    // ---- in ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (state == State.SHAKING || !(message instanceof WebSocketFrame frame)) {
            ctx.fireChannelRead(message);
        } else if (state != State.OPEN) {
            frame.release();
        } else if (frame instanceof PingWebSocketFrame) {
            ReferenceCountUtil.release(unanswered); // an answer to the last one is enough (RFC 6455, 5.5.3)
            unanswered = frame;
        } else if (frame instanceof CloseWebSocketFrame close) {
            int code = close.statusCode();
            close.release();
            end(ctx, code);
        } else if (frame instanceof PongWebSocketFrame || !frame.content().isReadable()) {
            frame.release();
        } else {
            gaveOut = true;
            ctx.fireChannelRead(frame.content());
        }
    }

    private void end(ChannelHandlerContext ctx, int code) {
        if (code == NO_CODE || code == NORMAL) {
            state = State.INPUT_ENDED;
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        } else {
            fail(ctx, new IOException("the connection was cut: it was closed with code " + code));
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        answerPing(ctx);
        if (state != State.SHAKING && !gaveOut && !ctx.channel().config().isAutoRead()) {
            ctx.read(); // somebody has asked for bytes, and frames without any came
        }
        gaveOut = false;
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (state == State.SHAKING || event != ChannelInputShutdownEvent.INSTANCE) {
            ctx.fireUserEventTriggered(event);
        } else if (state == State.OPEN) {
            fail(ctx, new IOException("the connection was cut: it ended without a close frame"));
        } else {
            nobodyListens = true;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (state == State.SHAKING) {
            ctx.fireExceptionCaught(cause);
        } else if (cause instanceof IOException) {
            fail(ctx, cause);
        } else if (cause instanceof DecoderException) {
            fail(ctx, new IOException("the peer broke the rules of WebSocket: " + cause.getMessage(), cause));
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }

    /** Tells once, and resets: whatever came so far was not the whole. */
    private void fail(ChannelHandlerContext ctx, Throwable cause) {
        if (state == State.FAILED) {
            return;
        }
        state = State.FAILED;
        if (!closing) {
            ctx.fireExceptionCaught(cause);
        }
        ChannelEnds.reset(ctx.channel());
    }

    // ---- pings ----

    private void ping(ChannelHandlerContext ctx) {
        if (!wrote && !closing && ctx.channel().isWritable()) {
            ctx.writeAndFlush(new PingWebSocketFrame());
        }
        wrote = false;
    }

    private void answerPing(ChannelHandlerContext ctx) {
        WebSocketFrame ping = unanswered;
        if (ping != null && !closing && ctx.channel().isWritable()) {
            unanswered = null;
            ctx.writeAndFlush(new PongWebSocketFrame(ping.content()));
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
            ctx.write(message, promise); // nothing, which asks only whether all is out
            return;
        }
        wrote = true;
        while (bytes.readableBytes() > Framing.LONGEST) {
            ctx.write(new BinaryWebSocketFrame(bytes.readRetainedSlice(Framing.LONGEST)), ctx.voidPromise());
        }
        ctx.write(new BinaryWebSocketFrame(bytes), promise);
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
        boolean isCut = state == State.SHAKING || state == State.FAILED || ChannelEnds.isResetWhenClosed(ctx.channel());
        if (isCut || nobodyListens || closing || !ctx.channel().isActive()) {
            ctx.close(promise);
            return;
        }
        closing = true;
        ChannelFuture farewell = ctx.writeAndFlush(new CloseWebSocketFrame(NORMAL, ""));
        var impatience = ctx.executor().schedule(() -> ctx.close(promise), FAREWELL_MILLIS, TimeUnit.MILLISECONDS);
        farewell.addListener(sent -> {
            if (impatience.cancel(false)) {
                ctx.close(promise);
            }
        });
    }

    /** SHAKING ▶ OPEN ▶ INPUT_ENDED; OPEN and INPUT_ENDED ▶ FAILED. */
    private enum State {
        SHAKING,
        OPEN,
        INPUT_ENDED,
        FAILED
    }
}
