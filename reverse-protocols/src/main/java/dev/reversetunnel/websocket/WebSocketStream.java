package dev.reversetunnel.websocket;

import dev.reversetunnel.ChannelEnds;
import dev.reversetunnel.OutputShutdown;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Frames to a stream of bytes and back, on either side. Where a frame or a message begins or ends means nothing.
 *
 * <p>A close frame is the clean end of the input; a connection that ends without one was cut. V2Ray, as most others,
 * answers a close frame with its own at once and takes nothing more, so an answer would be lost, and pass for whole:
 * the end of our output alone is held back until the other side has ended, too.
 *
 * <p>Not so between our own ends. After a close frame in one direction the other one may go on (RFC 6455, 5.5.1), and
 * ends that do so tell each other: the client by a pong that nobody asked for (5.5.3), the server by another one.
 * Others pay no attention to it.
 */
final class WebSocketStream extends ChannelDuplexHandler implements OutputShutdown {
    /** Of our choice: how long a close frame may take to get out, as Netty has it for TLS. */
    private static final long FAREWELL_MILLIS = 3_000;

    private static final byte[] GREETING = "half-close".getBytes(StandardCharsets.US_ASCII);

    /** Why a close frame comes: all was said. */
    private static final int NORMAL = 1_000;

    /** Of a close frame without a reason in it. */
    private static final int NO_CODE = -1;

    private final boolean isClient;
    private final Duration pingEvery;

    private @Nullable ChannelHandlerContext context;
    private @Nullable Future<?> pings;
    private @Nullable WebSocketFrame unanswered;
    private State state = State.SHAKING;
    private boolean gaveOut;
    private boolean wrote;
    private boolean peerGoesOn;
    private boolean outputEnded;
    private boolean nobodyListens;
    private boolean closing;
    private @Nullable ChannelFuture farewell;

    private WebSocketStream(boolean isClient, Duration pingEvery) {
        this.isClient = isClient;
        this.pingEvery = pingEvery;
    }

    static WebSocketStream ofServer(Duration pingEvery) {
        return new WebSocketStream(false, pingEvery);
    }

    static WebSocketStream ofClient(Duration pingEvery) {
        return new WebSocketStream(true, pingEvery);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** Hands are shaken. Until then all that happens is the gate's. */
    void open(ChannelHandlerContext ctx) {
        state = State.OPEN;
        if (isClient) {
            ctx.write(greeting()); // goes out with the first bytes
        }
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
            end(ctx, close);
        } else if (frame instanceof PongWebSocketFrame) {
            boolean isGreeting = frame.content().equals(Unpooled.wrappedBuffer(GREETING));
            frame.release();
            if (isGreeting && !peerGoesOn) {
                greeted(ctx);
            }
        } else if (!frame.content().isReadable()) {
            frame.release();
        } else {
            gaveOut = true;
            ctx.fireChannelRead(frame.content());
        }
    }

    private void greeted(ChannelHandlerContext ctx) {
        peerGoesOn = true;
        if (!isClient) {
            ctx.writeAndFlush(greeting());
        }
        if (outputEnded) {
            farewell(ctx);
        }
    }

    private static PongWebSocketFrame greeting() {
        return new PongWebSocketFrame(Unpooled.wrappedBuffer(GREETING));
    }

    private void end(ChannelHandlerContext ctx, CloseWebSocketFrame close) {
        int code = close.statusCode();
        close.release();
        if (code != NO_CODE && code != NORMAL) {
            fail(ctx, new IOException("the connection was cut: it was closed with code " + code));
            return;
        }
        state = State.INPUT_ENDED;
        ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        if (outputEnded) {
            farewell(ctx);
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
        if (!wrote && farewell == null && ctx.channel().isWritable()) {
            ctx.writeAndFlush(new PingWebSocketFrame());
        }
        wrote = false;
    }

    private void answerPing(ChannelHandlerContext ctx) {
        WebSocketFrame ping = unanswered;
        if (ping != null && farewell == null && ctx.channel().isWritable()) {
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
        if (farewell != null) {
            bytes.release();
            promise.tryFailure(new ClosedChannelException());
            return;
        }
        wrote = true;
        while (bytes.readableBytes() > Framing.LONGEST) {
            ctx.write(new BinaryWebSocketFrame(bytes.readRetainedSlice(Framing.LONGEST)), ctx.voidPromise());
        }
        ctx.write(new BinaryWebSocketFrame(bytes), promise);
    }

    @Override
    public ChannelFuture shutdownOutput() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not on a channel");
        }
        outputEnded = true;
        if (peerGoesOn || state != State.OPEN) {
            return farewell(ctx);
        }
        ctx.flush();
        return ctx.newSucceededFuture();
    }

    @Override
    public boolean endsAlone() {
        return peerGoesOn;
    }

    private ChannelFuture farewell(ChannelHandlerContext ctx) {
        ChannelFuture sent = farewell;
        if (sent == null) {
            sent = ctx.writeAndFlush(new CloseWebSocketFrame(NORMAL, ""));
            farewell = sent;
        }
        return sent;
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        boolean isCut = state == State.SHAKING || state == State.FAILED || ChannelEnds.isResetWhenClosed(ctx.channel());
        if (isCut || nobodyListens || closing || !ctx.channel().isActive()) {
            ctx.close(promise);
            return;
        }
        closing = true;
        var impatience = ctx.executor().schedule(() -> ctx.close(promise), FAREWELL_MILLIS, TimeUnit.MILLISECONDS);
        farewell(ctx).addListener(sent -> {
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
