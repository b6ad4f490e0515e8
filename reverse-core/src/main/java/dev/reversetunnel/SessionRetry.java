package dev.reversetunnel;

import dev.reversetunnel.mux.EndReason;
import dev.reversetunnel.mux.MuxSession;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A visitor whom several bridges could serve, until the first byte of an answer. Until then another bridge may take the
 * place of the first, if that has done nothing with what the visitor said:
 *
 * <ul>
 *   <li>he has not said anything, and the session ended or its tunnel was lost; or
 *   <li>the bridge itself says that it has refused the session, or could not connect it: then no origin has seen a
 *       byte.
 * </ul>
 *
 * <p>Never else. A tunnel that is lost behind a visitor's first byte may have delivered it, and an origin must not act
 * twice; nor does the End of a bridge of another make tell why.
 *
 * <p>With the first answer, or when there is too much to keep, or too long, or when he has ended his output, the two
 * are joined as ever. Sits at the end of the visitor's pipeline, on his loop; the session may live on another.
 */
final class SessionRetry extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(SessionRetry.class);

    /** Of our choice: an opening is a request's head or a hello. Copied, so that nothing larger is kept alive by it. */
    static final int MAX_KEPT = 16 * 1024;

    /** Of our choice: a bridge's dial is over by then. */
    static final long KEPT_MILLIS = 10_000;

    private final Channel visitor;
    private final Request request;
    private final Relay relay;
    private final MuxPortal portal;
    private final Set<BridgeIdentity> tried = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.BETWEEN);
    private final Queue<ByteBuf> kept = new ArrayDeque<>(2);
    private int keptBytes;
    private boolean keepsNoMore;
    private boolean wrote;
    private Runnable whenJoined = () -> {};
    private @Nullable MuxSession session;
    private @Nullable Future<?> patience;

    private enum Phase {
        /** A session is open, and has not answered. */
        TRYING,
        /** It has failed, and there is none yet in its place. */
        BETWEEN,
        /** Nothing is retried any more, but the visitor's handler is not there yet: his words still go this way. */
        JOINING,
        /** Over. */
        JOINED
    }

    SessionRetry(Channel visitor, Request request, Relay relay, MuxPortal portal) {
        this.visitor = visitor;
        this.request = request;
        this.relay = relay;
        this.portal = portal;
    }

    /** Takes the visitor over, on his loop. */
    void start() {
        Future<Channel> opening = portal.session(request, tried, relay.dialer(visitor), visitor);
        opening.addListener((Future<Channel> opened) -> {
            if (!opened.isSuccess()) {
                relay.join(request, visitor, opened); // which tells why not
            } else if (!visitor.isActive()) {
                ChannelEnds.reset(opened.getNow());
            } else {
                visitor.pipeline().addLast(this);
                patience = visitor.eventLoop().schedule(this::keepNoMore, KEPT_MILLIS, TimeUnit.MILLISECONDS);
                begin((MuxSession) opened.getNow());
                visitor.config().setAutoRead(true);
            }
        });
    }

    private void begin(MuxSession opened) {
        session = opened;
        phase.set(Phase.TRYING);
        for (ByteBuf said : kept) {
            opened.write(said.retainedDuplicate(), opened.voidPromise());
        }
        opened.flush();
        opened.pipeline().addLast(new Watch(opened));
        if (keepsNoMore) {
            join();
        }
    }

    // ---- the visitor ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (phase.get() != Phase.JOINED && keptBytes + ((ByteBuf) message).readableBytes() > MAX_KEPT) {
            keepNoMore();
        }
        if (phase.get() == Phase.JOINED) {
            ctx.fireChannelRead(message);
        } else {
            say((ByteBuf) message);
        }
    }

    private void say(ByteBuf said) {
        MuxSession open = session;
        keptBytes += said.readableBytes();
        if (!keepsNoMore || open == null) {
            kept.add(Unpooled.copiedBuffer(said));
        }
        if (open == null) {
            said.release(); // it is written when there is one
            visitor.config().setAutoRead(false); // until then, or until he is joined
            return;
        }
        open.write(said, open.voidPromise());
        wrote = true;
        if (!open.isWritable()) {
            visitor.config().setAutoRead(false);
            if (open.isWritable()) { // it drained between the two lines
                visitor.config().setAutoRead(true);
            }
        }
    }

    private void keepNoMore() {
        if (!keepsNoMore) {
            keepsNoMore = true;
            join();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (wrote && session != null) {
            session.flush(); // also if he has been joined since: who is behind flushes what he wrote himself
        }
        wrote = false;
        if (phase.get() == Phase.JOINED) {
            ctx.fireChannelReadComplete();
        }
    }

    /** His end needs what a relay knows of ends. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE && phase.get() != Phase.JOINED) {
            keepsNoMore = true;
            whenJoined = () -> ctx.fireUserEventTriggered(event);
            join();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        MuxSession open = session;
        if (phase.getAndSet(Phase.JOINED) != Phase.JOINED) {
            forget();
            if (open != null) {
                ChannelEnds.reset(open);
            }
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        forget();
    }

    private void forget() {
        kept.clear(); // copies on the heap
        if (patience != null) {
            patience.cancel(false);
        }
    }

    // ---- both ----

    /** Nothing is retried any more: with the session that there is, or with the next. On the visitor's loop. */
    private void join() {
        MuxSession open = session;
        if (open == null) {
            return;
        }
        onLoop(open, () -> {
            joinWith(open);
            onLoop(visitor, () -> {
                if (phase.get() == Phase.JOINED) {
                    Runnable once = whenJoined;
                    whenJoined = () -> {};
                    once.run();
                }
            });
        });
    }

    /** On the session's loop, so that nothing of an answer can come before somebody takes it. */
    private void joinWith(MuxSession open) {
        if (phase.compareAndSet(Phase.TRYING, Phase.JOINING)) {
            relay.join(request, visitor, open.eventLoop().newSucceededFuture(open));
            phase.set(Phase.JOINED); // with that handler in his pipeline, the visitor's words go to it
            onLoop(visitor, this::forget);
        }
    }

    private static void onLoop(Channel channel, Runnable task) {
        if (channel.eventLoop().inEventLoop()) {
            task.run();
        } else {
            channel.eventLoop().execute(task);
        }
    }

    // ---- the session ----

    /** Sees the first thing that comes of a session, on its loop. */
    private final class Watch extends ChannelInboundHandlerAdapter {
        private final MuxSession watched;

        Watch(MuxSession watched) {
            this.watched = watched;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            if (ctx.channel().isActive()) {
                ctx.read();
            } else {
                ended();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            joinWith(watched);
            ctx.fireChannelRead(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                joinWith(watched);
            }
            ctx.fireUserEventTriggered(event);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (phase.get() == Phase.TRYING && watched.isWritable()) {
                visitor.config().setAutoRead(true);
            }
            ctx.fireChannelWritabilityChanged();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            ended();
            ctx.fireChannelInactive();
        }

        private void ended() {
            if (phase.compareAndSet(Phase.TRYING, Phase.BETWEEN)) {
                EndReason reason = watched.endReason();
                boolean untouched = reason == EndReason.REFUSED || reason == EndReason.DIAL_FAILED;
                visitor.eventLoop().execute(() -> tryAnother(untouched));
            }
        }
    }

    /**
     * The session has failed.
     *
     * @param untouched whether its bridge says that no origin has seen anything of it
     */
    private void tryAnother(boolean untouched) {
        session = null;
        if (!visitor.isActive()) {
            return;
        }
        if (keepsNoMore || (keptBytes > 0 && !untouched) || !portal.hasTunnel(request, tried)) {
            giveUp();
            return;
        }
        log.debug("{}: its bridge has failed it; another one is asked", request);
        portal.session(request, tried, relay.dialer(visitor), visitor).addListener((Future<Channel> opened) -> {
            if (!opened.isSuccess()) {
                giveUp();
            } else if (phase.get() == Phase.JOINED) {
                ChannelEnds.reset(opened.getNow()); // he has gone
            } else {
                begin((MuxSession) opened.getNow());
                visitor.config().setAutoRead(true);
            }
        });
    }

    private void giveUp() {
        phase.set(Phase.JOINED);
        forget();
        ChannelEnds.resetAfterFlush(visitor);
    }
}
