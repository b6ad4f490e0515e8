package dev.reversetunnel;

import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one connection of a user within what all of his may have together.
 *
 * <p>What comes from him waits here, and meanwhile nothing more is read: so it is no more than one read had brought.
 * What goes to him is written at once, and makes the channel unwritable until it is paid for: so whoever writes waits,
 * and nothing is queued. Ends keep their place; a channel that is gone gives away at once what it still had. Datagrams
 * are dropped instead.
 *
 * <p>Not Netty's {@code GlobalTrafficShapingHandler}: it switches {@code autoRead} on again by itself, also if a slow
 * reader on the other side had switched it off, and holds back what is written while a protocol's end mark passes.
 */
final class Throttle extends ChannelDuplexHandler {
    /** Of our choice, and nobody else's: an index of {@link ChannelOutboundBuffer#setUserDefinedWritability}. */
    private static final int WRITABILITY = 9;

    /** Of our choice: for how many bytes it is worth to wake up. */
    private static final int PIECE = 16 * 1024;

    /** Of our choice: connections that share a bucket must not spin for what another one has just taken. */
    private static final long LEAST_PAUSE = TimeUnit.MILLISECONDS.toNanos(5);

    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(1);

    private final @Nullable TokenBucket from;
    private final @Nullable TokenBucket to;
    private final Runnable throttled;
    private final Runnable dropped;
    private final Deque<Object> held = new ArrayDeque<>(2);
    private boolean reading;
    private boolean passed;
    private boolean waking;
    private boolean full;

    /**
     * For one channel.
     *
     * @param from what comes from him; null for no limit
     * @param to what goes to him; null for no limit
     * @param throttled hears that a stream had to wait
     * @param dropped hears of each datagram that was dropped
     */
    Throttle(@Nullable TokenBucket from, @Nullable TokenBucket to, Runnable throttled, Runnable dropped) {
        this.from = from;
        this.to = to;
        this.throttled = throttled;
        this.dropped = dropped;
    }

    // ---- from him ----

    @Override
    public void read(ChannelHandlerContext ctx) {
        reading = true;
        if (held.isEmpty()) {
            ctx.read();
        } else {
            wakeUp(ctx);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (from == null) {
            ctx.fireChannelRead(message);
        } else if (message instanceof Datagram datagram) {
            if (from.takeWhole(datagram.content().readableBytes())) {
                ctx.fireChannelRead(message);
            } else {
                ReferenceCountUtil.release(message);
                dropped.run();
            }
        } else {
            boolean first = held.isEmpty();
            held.add(message);
            if (first && !passOn(ctx, from)) {
                throttled.run();
            }
        }
    }

    /** Passes on what there are tokens for; false if something is left. */
    private boolean passOn(ChannelHandlerContext ctx, TokenBucket bucket) {
        for (Object next = held.peek(); next != null; next = held.peek()) {
            if (next instanceof ByteBuf bytes && bytes.isReadable()) {
                int size = bytes.readableBytes();
                int allowed = bucket.takeUpTo(size);
                if (allowed < size) {
                    if (allowed > 0) {
                        passed = true;
                        ctx.fireChannelRead(bytes.readRetainedSlice(allowed));
                    }
                    return false;
                }
            }
            pass(ctx, held.remove());
        }
        return true;
    }

    private void pass(ChannelHandlerContext ctx, Object next) {
        if (next instanceof End end) {
            complete(ctx);
            ctx.fireUserEventTriggered(end.event());
        } else {
            passed = true;
            ctx.fireChannelRead(next);
        }
    }

    private void complete(ChannelHandlerContext ctx) {
        if (passed) {
            passed = false;
            reading = false;
            ctx.fireChannelReadComplete();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (held.isEmpty()) {
            passed = true;
        }
        complete(ctx);
        if (!held.isEmpty()) {
            wakeUp(ctx);
        }
    }

    private void wakeUp(ChannelHandlerContext ctx) {
        if (!waking && from != null) {
            waking = true;
            ctx.executor().schedule(() -> wake(ctx), pause(from.nanosUntil(PIECE)), TimeUnit.NANOSECONDS);
        }
    }

    private static long pause(long nanos) {
        return Math.max(LEAST_PAUSE, Math.min(nanos, LONGEST_PAUSE));
    }

    private void wake(ChannelHandlerContext ctx) {
        waking = false;
        if (ctx.isRemoved() || held.isEmpty() || from == null) {
            return;
        }
        if (!reading && !ctx.channel().config().isAutoRead()) {
            return; // whoever takes it wants nothing now: he reads when he does
        }
        boolean all = passOn(ctx, from);
        complete(ctx);
        if (!all) {
            wakeUp(ctx);
        } else if (ctx.channel().config().isAutoRead()) {
            ctx.read();
        }
    }

    /** What comes behind bytes that are held. */
    private record End(Object event) {}

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (held.isEmpty()) {
            ctx.fireUserEventTriggered(event);
        } else {
            held.add(new End(event));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        for (Object next = held.poll(); next != null; next = held.poll()) {
            pass(ctx, next);
        }
        complete(ctx);
        ctx.fireChannelInactive();
    }

    // ---- to him ----

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (to == null) {
            ctx.write(message, promise);
        } else if (message instanceof Datagram datagram) {
            if (to.takeWhole(datagram.content().readableBytes())) {
                ctx.write(message, promise);
            } else {
                ReferenceCountUtil.release(message);
                dropped.run();
                promise.trySuccess();
            }
        } else {
            int size = message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
            ctx.write(message, promise);
            long repaid = size == 0 ? 0 : to.charge(size);
            if (repaid > 0 && !full) {
                throttled.run();
                full = true;
                mark(ctx.channel(), false);
                ctx.executor().schedule(() -> payOff(ctx), pause(repaid), TimeUnit.NANOSECONDS);
            }
        }
    }

    private void payOff(ChannelHandlerContext ctx) {
        if (ctx.isRemoved() || to == null) {
            return;
        }
        long repaid = to.nanosUntil(0);
        if (repaid > 0) {
            ctx.executor().schedule(() -> payOff(ctx), pause(repaid), TimeUnit.NANOSECONDS);
        } else {
            full = false;
            mark(ctx.channel(), true);
        }
    }

    private static void mark(Channel channel, boolean writable) {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        if (out != null) {
            out.setUserDefinedWritability(WRITABILITY, writable);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (full) {
            mark(ctx.channel(), true);
        }
        held.forEach(next -> ReferenceCountUtil.release(next instanceof End end ? end.event() : next));
        held.clear();
    }
}
