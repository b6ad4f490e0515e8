package dev.reversetunnel.layer;

import dev.reversetunnel.ChannelEnds;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shakes hands on a new connection while nobody above reads yet; then lets the protocol in, tells it of a connection
 * that has just become active, and holds what comes until somebody reads. Then it is gone.
 *
 * <p>The other end may speak in the same segment that ends the handshake, long before the channel has found its reader.
 */
public abstract class LayerGate extends ChannelDuplexHandler {
    private final ChannelHandler protocol;
    private final Supplier<Duration> patience;
    private final Outcome outcome;
    private final Queue<Object> held = new ArrayDeque<>(2);

    private @Nullable Future<?> alarm;
    private State state = State.WAITING;
    private boolean readAsked;

    /**
     * For one connection.
     *
     * @param protocol put behind this handler when hands are shaken
     * @param patience asked for once the connection is there: how long that may take
     * @param outcome is told
     */
    protected LayerGate(ChannelHandler protocol, Supplier<Duration> patience, Outcome outcome) {
        this.protocol = protocol;
        this.patience = patience;
        this.outcome = outcome;
    }

    /**
     * The connection is there: speak, if it is for this side to begin.
     *
     * @param ctx of this handler
     */
    protected void begin(ChannelHandlerContext ctx) {}

    /**
     * Something came during the handshake.
     *
     * @param ctx of this handler
     * @param message belongs to this method
     */
    protected void received(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }

    /**
     * Something happened during the handshake.
     *
     * @param ctx of this handler
     * @param event not the end of the input
     */
    protected void happened(ChannelHandlerContext ctx, Object event) {
        ctx.fireUserEventTriggered(event);
    }

    /**
     * The input ended during the handshake.
     *
     * @param ctx of this handler
     */
    protected void ended(ChannelHandlerContext ctx) {
        fail(ctx, new IOException("the connection was closed"));
    }

    /**
     * Hands are shaken.
     *
     * @param ctx of this handler
     */
    protected final void succeed(ChannelHandlerContext ctx) {
        if (state != State.SHAKING) {
            return;
        }
        finish(State.OPENING, ctx);
        ctx.pipeline().addAfter(ctx.name(), null, protocol);
        ctx.fireChannelActive();
        state = State.HOLDING;
        outcome.succeeded(ctx.channel());
        if (readAsked) {
            giveWay(ctx);
        }
    }

    /**
     * It will not come about: closes the connection.
     *
     * @param ctx of this handler
     * @param cause why
     */
    protected final void fail(ChannelHandlerContext ctx, Throwable cause) {
        if (state == State.WAITING || state == State.SHAKING) {
            finish(State.FAILED, ctx);
            outcome.failed(ctx.channel(), cause);
            // Whoever reported this may still want to say why to the other end.
            ctx.executor().execute(() -> ctx.channel().close());
        }
    }

    /**
     * Whether the handshake is under way.
     *
     * @return false before and after
     */
    protected final boolean isShaking() {
        return state == State.SHAKING;
    }

    private void finish(State next, ChannelHandlerContext ctx) {
        state = next;
        if (alarm != null) {
            alarm.cancel(false);
        }
        outcome.over(ctx.channel());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            start(ctx);
        }
    }

    /** Told to the protocol when hands are shaken. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        start(ctx);
    }

    private void start(ChannelHandlerContext ctx) {
        if (state != State.WAITING) {
            return;
        }
        state = State.SHAKING;
        outcome.began(ctx.channel());
        Duration limit = patience.get();
        alarm = ctx.executor()
                .schedule(
                        () -> fail(ctx, new SocketTimeoutException("no handshake within " + limit.toMillis() + " ms")),
                        limit.toNanos(),
                        TimeUnit.NANOSECONDS);
        begin(ctx);
        ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        switch (state) {
            case WAITING, SHAKING -> received(ctx, message);
            case OPENING, HOLDING -> held.add(message);
            case FAILED, GONE -> ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (state == State.SHAKING) {
            ctx.read(); // nobody above does
        } // else nobody was given anything
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        boolean end = event == ChannelInputShutdownEvent.INSTANCE;
        switch (state) {
            case WAITING, SHAKING -> {
                if (end) {
                    ended(ctx);
                } else {
                    happened(ctx, event);
                }
            }
            case OPENING, HOLDING -> {
                if (end) {
                    held.add(event);
                } else {
                    ctx.fireUserEventTriggered(event);
                }
            }
            case FAILED, GONE -> ReferenceCountUtil.release(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        switch (state) {
            case WAITING, SHAKING -> fail(ctx, cause);
            case OPENING, HOLDING -> ChannelEnds.reset(ctx.channel()); // broken before anybody could make use of it
            case FAILED, GONE -> {
                // has been told
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (state == State.SHAKING) {
            fail(ctx, new IOException("the connection was closed"));
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        readAsked = true;
        if (state == State.HOLDING) {
            giveWay(ctx);
        }
    }

    private void giveWay(ChannelHandlerContext ctx) {
        if (!ctx.isRemoved()) {
            ctx.pipeline().remove(this);
        }
        ctx.read();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        boolean passesOn = state == State.HOLDING && ctx.channel().isActive();
        if (state == State.SHAKING) {
            finish(State.FAILED, ctx);
        }
        state = State.GONE;
        if (held.isEmpty()) {
            return;
        }
        for (Object message = held.poll(); message != null; message = held.poll()) {
            if (message == ChannelInputShutdownEvent.INSTANCE) {
                ctx.fireUserEventTriggered(message);
            } else if (passesOn) {
                ctx.fireChannelRead(message);
            } else {
                ReferenceCountUtil.release(message);
            }
        }
        ctx.fireChannelReadComplete();
    }

    /** WAITING ▶ SHAKING ▶ OPENING ▶ HOLDING ▶ GONE; WAITING and SHAKING ▶ FAILED. */
    private enum State {
        WAITING,
        SHAKING,
        OPENING,
        HOLDING,
        FAILED,
        GONE
    }
}
