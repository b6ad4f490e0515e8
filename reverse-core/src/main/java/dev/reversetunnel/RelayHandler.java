package dev.reversetunnel;

import dev.reversetunnel.mux.MuxSession;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One direction of a relay: what its channel gives, the peer takes.
 *
 * <p>A peer that is not writable stops the reading. A clean end of the input ends the peer's output; a channel that
 * goes away without one resets its peer, so that nobody takes half of something for the whole. When one side has ended
 * and nothing moves for the half-closed time-out, both are reset.
 *
 * <p>A session with a foreign peer cannot be told of a half-close, nor can a WebSocket. A visitor who ends his output
 * right behind his request waits for an answer, so the way stays open; one who ends it after an answer has most likely
 * gone, and who answers has no more to say when he ends his: then it ends as soon as nothing more comes.
 */
final class RelayHandler extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(RelayHandler.class);

    /** Of our choice: how long the rest of an answer may pause for a visitor who has most likely gone. */
    static final long ANSWERED_MILLIS = 500;

    /** Of our choice: how long a socket takes what nobody wants, for its other end to read the answer. */
    static final long LINGER_MILLIS = 2_000;

    private final Channel peer;
    private final SinkMemory memory;
    private final boolean asks;
    private final Shared shared;
    private boolean inputEnded;
    private boolean wrote;
    private @Nullable Future<?> patience;

    /** What both directions know; they may run on different loops. */
    private static final class Shared {
        final AtomicInteger endedInputs = new AtomicInteger();
        final long halfClosedMillis;
        volatile long lastMoved;
        volatile @Nullable RelayHandler lastGiver;

        Shared(Duration halfClosedTimeout) {
            halfClosedMillis = halfClosedTimeout.toMillis();
        }
    }

    private RelayHandler(Channel peer, SinkMemory memory, boolean asks, Shared shared) {
        this.peer = peer;
        this.memory = memory;
        this.asks = asks;
        this.shared = shared;
    }

    /** Joins two channels that are not reading yet: {@code one} asked for what is behind {@code other}. */
    static void join(Channel one, Channel other, Duration halfClosedTimeout, MemoryBudget memory) {
        Shared shared = new Shared(halfClosedTimeout);
        // Until both have ended cleanly, whatever closes one of them cuts something: a node that is closed in the
        // middle
        // of a download must not look like its end.
        ChannelEnds.resetWhenClosed(one, true);
        ChannelEnds.resetWhenClosed(other, true);
        one.pipeline().addLast(new RelayHandler(other, memory.follow(other), true, shared));
        other.pipeline().addLast(new RelayHandler(one, memory.follow(one), false, shared));
        // Either may have gone before its handler was there to hear of it.
        if (!one.isActive()) {
            ChannelEnds.reset(other);
        } else if (!other.isActive()) {
            ChannelEnds.reset(one);
        } else {
            one.config().setAutoRead(true);
            other.config().setAutoRead(true);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!peer.isActive()) {
            ReferenceCountUtil.release(message);
            return;
        }
        wrote = true;
        if (shared.lastGiver != this) {
            shared.lastGiver = this;
        }
        peer.write(message, peer.voidPromise());
        if (!peer.isWritable()) {
            peer.flush();
            wrote = false;
            follow(ctx.channel(), peer);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (wrote) {
            wrote = false;
            peer.flush();
        }
        memory.measure();
        if (shared.endedInputs.get() > 0) {
            shared.lastMoved = System.nanoTime();
        }
        if (!peer.isWritable()) {
            follow(ctx.channel(), peer);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        follow(peer, ctx.channel());
    }

    private static void follow(Channel source, Channel sink) {
        if (!source.isActive()) {
            return; // it has given its last, which still has to be taken; to read a closed socket is an error
        }
        source.config().setAutoRead(sink.isWritable());
        if (sink.isWritable()) { // it drained between the two lines
            source.config().setAutoRead(true);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != ChannelInputShutdownEvent.INSTANCE || inputEnded) {
            return;
        }
        inputEnded = true;
        shared.lastMoved = System.nanoTime();
        if (shared.endedInputs.incrementAndGet() == 2) {
            ChannelEnds.closeAfterFlush(peer);
            ChannelEnds.closeAfterFlush(ctx.channel());
            return;
        }
        boolean answered = ChannelEnds.holdsEndBack(peer) && (!asks || shared.lastGiver != this);
        ChannelEnds.shutdownOutput(peer);
        watch(ctx, answered);
    }

    /** One side has ended; the other one may take its time, but not for ever. */
    private void watch(ChannelHandlerContext ctx, boolean answered) {
        long seen = shared.lastMoved;
        patience = ctx.executor()
                .schedule(
                        () -> {
                            if (!ctx.channel().isActive() && !peer.isActive()) {
                                return;
                            }
                            if (shared.lastMoved != seen || !ctx.channel().isWritable()) {
                                watch(ctx, answered);
                            } else if (answered) {
                                ChannelEnds.closeAfterFlush(peer);
                                // Nobody notices if he has gone; if he waits after all, this was not the whole.
                                ChannelEnds.reset(ctx.channel());
                            } else {
                                log.debug("{}: half closed, and nothing moves", ctx.channel());
                                ChannelEnds.reset(ctx.channel());
                                ChannelEnds.reset(peer);
                            }
                        },
                        answered ? ANSWERED_MILLIS : shared.halfClosedMillis,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            log.debug("{}: {}", ctx.channel(), cause.toString());
        } else {
            log.debug("{}: reset", ctx.channel(), cause);
        }
        ChannelEnds.reset(ctx.channel());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (patience != null) {
            patience.cancel(false);
        }
        if (!inputEnded) {
            ChannelEnds.resetAfterFlush(peer);
        } else if (peer instanceof MuxSession session && session.isExtended() && shared.endedInputs.get() < 2) {
            ChannelEnds.reset(peer); // who has gone before the other side had ended was cut, and so is that
        } else if (peer instanceof MuxSession || shared.endedInputs.get() == 2) {
            ChannelEnds.closeAfterFlush(peer);
        } else {
            linger();
        }
    }

    /**
     * The peer was given all there is, and may still be sending what nobody wants. Closing a socket with unread input
     * resets it, and its other end may lose what it has not read yet: so what comes is thrown away for a while.
     */
    private void linger() {
        peer.config().setAutoRead(true);
        var close = peer.eventLoop()
                .schedule(() -> ChannelEnds.closeAfterFlush(peer), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        peer.closeFuture().addListener(closed -> close.cancel(false));
    }
}
