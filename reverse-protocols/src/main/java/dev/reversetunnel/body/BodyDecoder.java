package dev.reversetunnel.body;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Body to plain bytes (or datagrams), as fast as somebody wants them: while nobody reads, what has come stays sealed.
 *
 * <p>A clean end, which is an end chunk or the end of the connection between two chunks, becomes one
 * {@link ChannelInputShutdownEvent}. Anything else, such as an end inside a chunk or a chunk that cannot be opened,
 * becomes an exception, and the connection is reset.
 */
public class BodyDecoder extends ChannelDuplexHandler {
    private static final Logger logger = LoggerFactory.getLogger(BodyDecoder.class);

    private final BodyReader body;
    private final @Nullable Destination datagramPeer;
    private final Consumer<CarrierException> failures;

    /** What has come and was not asked for yet. */
    private @Nullable ByteBuf waiting;
    /** Somebody has asked for one read. */
    private boolean wanted;

    private boolean delivering;
    private boolean deliveryPlanned;
    /** Whether the read that is going on gave something to whom it was for. */
    private boolean delivered;
    /** The connection has no more input; what waits comes first. */
    private boolean inputEnds;

    private boolean over;
    /** The carrier failed, or we closed it: whatever follows is no clean end. */
    private boolean broken;

    /**
     * A decoder at the beginning of a body.
     *
     * @param body its form
     * @param datagramPeer with whom datagrams are exchanged; null if the body holds bytes
     * @param failures is told before the exception is fired
     */
    public BodyDecoder(BodyReader body, @Nullable Destination datagramPeer, Consumer<CarrierException> failures) {
        this.body = body;
        this.datagramPeer = datagramPeer;
        this.failures = failures;
        this.waiting = body.isReady() ? Unpooled.EMPTY_BUFFER : null;
    }

    /**
     * How many chunks came so far.
     *
     * @return the number
     */
    public final long chunks() {
        return body.chunks();
    }

    /** What follows, if it is the end, is no clean one. */
    public final void breakOff() {
        broken = true;
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (over) {
            in.release();
            return;
        }
        waiting = waiting == null ? in : joined(ctx, waiting, in);
        deliver(ctx);
    }

    @Override
    public final void channelReadComplete(ChannelHandlerContext ctx) {
        boolean satisfied = delivered;
        delivered = false;
        ctx.fireChannelReadComplete();
        if (!satisfied && wanted && waiting == null && !over && !isAutoRead(ctx)) {
            // the read gave half a chunk: whoever asked for it is still owed something
            ctx.read();
        }
    }

    @Override
    public final void read(ChannelHandlerContext ctx) {
        wanted = true;
        if (waiting == null && !inputEnds) {
            ctx.read();
        } else if (!delivering && !deliveryPlanned) {
            // Not here and now: whoever asks is in the middle of something, perhaps of putting its handlers in place.
            deliveryPlanned = true;
            ctx.executor().execute(() -> deliverPlanned(ctx));
        }
    }

    private void deliverPlanned(ChannelHandlerContext ctx) {
        deliveryPlanned = false;
        if (ctx.isRemoved() || over) {
            return;
        }
        deliver(ctx);
        if (delivered) {
            delivered = false;
            ctx.fireChannelReadComplete();
        }
        if (!over && !inputEnds && waiting == null && (wanted || isAutoRead(ctx))) {
            ctx.read();
        }
    }

    private void deliver(ChannelHandlerContext ctx) {
        if (delivering) {
            return;
        }
        delivering = true;
        try {
            while (waiting != null && !over && (wanted || isAutoRead(ctx))) {
                deliverNext(ctx, waiting);
            }
            if (inputEnds && waiting == null && !over) {
                endOfConnection(ctx);
            }
        } finally {
            delivering = false;
        }
    }

    private void deliverNext(ChannelHandlerContext ctx, ByteBuf in) {
        ByteBuf plain;
        try {
            plain = body.next(in, ctx.alloc());
        } catch (CarrierException e) {
            fail(ctx, e);
            return;
        }
        if (plain != null) {
            wanted = false;
            delivered = true;
            ctx.fireChannelRead(datagramPeer == null ? plain : new Datagram(datagramPeer, plain));
        }
        if (over) {
            return; // closed by whoever read that
        }
        if (body.hasEnded()) {
            endCleanly(ctx);
        } else if (plain == null) {
            releaseWaiting();
        }
    }

    @Override
    public final void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != ChannelInputShutdownEvent.INSTANCE) {
            ctx.fireUserEventTriggered(event);
        } else if (!over) {
            inputEnds = true;
            deliver(ctx);
        }
    }

    @Override
    public final void channelInactive(ChannelHandlerContext ctx) {
        if (!over && !broken && !inputEnds && !tellsHalfClose(ctx)) {
            // This carrier has no half-close: its close is how the peer's output ends, and nobody can ask again.
            inputEnds = true;
            while (waiting != null && !over) {
                deliverNext(ctx, waiting);
            }
            if (!over) {
                endOfConnection(ctx);
            }
            if (delivered) {
                ctx.fireChannelReadComplete();
            }
        }
        over = true;
        releaseWaiting();
        ctx.fireChannelInactive();
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        broken = true;
        ctx.fireExceptionCaught(cause);
    }

    @Override
    public final void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        broken = true;
        ctx.close(promise);
    }

    @Override
    public final void handlerRemoved(ChannelHandlerContext ctx) {
        over = true;
        releaseWaiting();
        body.close();
    }

    private void endOfConnection(ChannelHandlerContext ctx) {
        if (body.isAtBorder()) {
            // sing-box never sends an end chunk, and V2Ray none without option 0x01
            endCleanly(ctx);
        } else {
            fail(
                    ctx,
                    new CarrierException(
                            CarrierException.Reason.TRUNCATED,
                            "the connection ended inside chunk " + body.chunks() + " (expected: between two chunks)"));
        }
    }

    private void endCleanly(ChannelHandlerContext ctx) {
        over = true;
        releaseWaiting();
        if (delivered) {
            delivered = false;
            ctx.fireChannelReadComplete();
        }
        ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }

    private void fail(ChannelHandlerContext ctx, CarrierException cause) {
        over = true;
        broken = true;
        releaseWaiting();
        failures.accept(cause);
        ctx.fireExceptionCaught(cause);
        reset(ctx);
    }

    /**
     * So that the peer does not take it for a clean end. Goes past all handlers: TLS would say farewell first, and the
     * peer would believe it.
     */
    private static void reset(ChannelHandlerContext ctx) {
        try {
            ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException e) {
            logger.debug("{} was closed before it could be reset", ctx.channel(), e);
        }
        ChannelHandlerContext first = ctx.pipeline().firstContext();
        if (first != null) {
            first.close();
        }
    }

    private static boolean tellsHalfClose(ChannelHandlerContext ctx) {
        return Boolean.TRUE.equals(ctx.channel().config().getOption(ChannelOption.ALLOW_HALF_CLOSURE));
    }

    private static boolean isAutoRead(ChannelHandlerContext ctx) {
        return ctx.channel().config().isAutoRead();
    }

    private static ByteBuf joined(ChannelHandlerContext ctx, ByteBuf first, ByteBuf second) {
        if (!first.isReadable()) {
            first.release();
            return second;
        }
        // Rare: a carrier that gives several buffers to one read, such as TLS, while nobody wanted the first.
        ByteBuf both = ctx.alloc().buffer(first.readableBytes() + second.readableBytes());
        both.writeBytes(first).writeBytes(second);
        first.release();
        second.release();
        return both;
    }

    private void releaseWaiting() {
        if (waiting != null) {
            waiting.release();
            waiting = null;
        }
    }
}
