package dev.reversetunnel;

import dev.reversetunnel.mux.ByteBudget;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what a visitor says first, holds it meanwhile, then gives way to who reads it.
 *
 * <p>What he has said is looked at in slices and passed on as it came: not a byte of it is copied but those of an
 * opening in several pieces, which its parser puts together, and small pieces behind the first: who says one byte at a
 * time must not keep a buffer alive for each.
 */
final class Sniffer extends ChannelInboundHandlerAdapter {
    /** Of our choice: how long may take what has begun well; RFC 6298 has TCP repeat itself after 1 s and 3 s. */
    private static final long BEGUN_MILLIS = 5_000;

    /** Of our choice: bytes of a piece that are worth a buffer of their own. */
    private static final int COPIED_BELOW = 1_024;

    private final Sniffing sniffing;
    private final ByteBudget memory;
    private final Consumer<@Nullable Sniffed> verdict;
    private final Runnable over;
    private final Queue<ByteBuf> held = new ArrayDeque<>(2);
    /** The last of those, if it is one into which small pieces are copied. */
    private @Nullable ByteBuf copies;

    private int reserved;
    private @Nullable OpeningReader reader;
    private @Nullable Future<?> impatience;
    private int lookedAt;
    private boolean inputEnded;
    private boolean done;

    private Sniffer(Sniffing sniffing, ByteBudget memory, Consumer<@Nullable Sniffed> verdict, Runnable over) {
        this.sniffing = sniffing;
        this.memory = memory;
        this.verdict = verdict;
        this.over = over;
    }

    /**
     * Reads from a channel that nobody else reads from yet. On its event loop.
     *
     * @param visitor given back, not reading, with all that came
     * @param sniffing what to look for, and for how long
     * @param memory what is held is a part of it; where there is none, no more is looked at
     * @param verdict told once, on the event loop, unless the visitor is gone before: what he speaks, null if it is
     *     none of what was looked for
     * @param over run once, before that, or when he is gone
     */
    static void install(
            Channel visitor, Sniffing sniffing, ByteBudget memory, Consumer<@Nullable Sniffed> verdict, Runnable over) {
        visitor.pipeline().addLast(new Sniffer(sniffing, memory, verdict, over));
        visitor.read();
    }

    /** Looks no longer at somebody, if he is looked at. On his event loop. */
    static void hurry(Channel visitor) {
        ChannelHandlerContext ctx = visitor.pipeline().context(Sniffer.class);
        if (ctx != null) {
            ((Sniffer) ctx.handler()).end(ctx);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        wait(ctx, sniffing.patience().toMillis());
    }

    private void wait(ChannelHandlerContext ctx, long millis) {
        if (impatience != null) {
            impatience.cancel(false);
        }
        impatience = ctx.executor().schedule(() -> end(ctx), millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (done || !(message instanceof ByteBuf in)) {
            ctx.fireChannelRead(message);
            return;
        }
        int length = in.readableBytes();
        if (length == 0) {
            in.release();
            return;
        }
        boolean room = memory.reserve(length);
        reserved += room ? length : 0;
        ByteBuf piece = hold(ctx, in, length);
        if (!room) {
            end(ctx);
            return;
        }
        if (lookedAt == 0) {
            reader = OpeningReader.of(piece.getByte(piece.readerIndex()), sniffing.protocols(), sniffing.limit());
            if (reader == null) {
                decide(ctx, OpeningReader.UNKNOWN);
                return;
            }
            wait(ctx, Math.max(BEGUN_MILLIS, sniffing.patience().toMillis()));
        }
        look(ctx, piece);
    }

    /** Keeps it for who reads him, and returns where it is now. */
    private ByteBuf hold(ChannelHandlerContext ctx, ByteBuf in, int length) {
        if (held.isEmpty() || length >= COPIED_BELOW) {
            copies = null;
            held.add(in);
            return in;
        }
        ByteBuf run = copies;
        if (run == null || run.writableBytes() < length) {
            run = ctx.alloc().ioBuffer(COPIED_BELOW, COPIED_BELOW);
            copies = run;
            held.add(run);
        }
        int at = run.writerIndex();
        run.writeBytes(in);
        in.release();
        return run.slice(at, length);
    }

    private void look(ChannelHandlerContext ctx, ByteBuf piece) {
        int length = Math.min(piece.readableBytes(), sniffing.limit() - lookedAt);
        lookedAt += length;
        Sniffed told = reader == null ? OpeningReader.UNKNOWN : reader.read(piece.slice(piece.readerIndex(), length));
        if (told != null) {
            decide(ctx, told);
        } else if (lookedAt == sniffing.limit()) {
            end(ctx);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (done) {
            ctx.fireChannelReadComplete();
        } else {
            ctx.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE && !done) {
            inputEnded = true;
            end(ctx);
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    /** No more will be looked at. */
    private void end(ChannelHandlerContext ctx) {
        if (!done) {
            decide(ctx, reader == null ? OpeningReader.UNKNOWN : reader.end());
        }
    }

    private void decide(ChannelHandlerContext ctx, Sniffed told) {
        done = true;
        ctx.pipeline().addAfter(ctx.name(), null, new HoldUntilRead());
        for (ByteBuf next = held.poll(); next != null; next = held.poll()) {
            ctx.fireChannelRead(next);
        }
        if (inputEnded) {
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
        ctx.pipeline().remove(this);
        verdict.accept(told.protocol().isEmpty() ? null : told);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // reset before anybody could serve him
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        done = true; // he is gone, and nobody has heard of him
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        done = true;
        if (impatience != null) {
            impatience.cancel(false);
        }
        if (reader != null) {
            reader.close();
            reader = null;
        }
        held.forEach(ReferenceCountUtil::release);
        held.clear();
        memory.release(reserved);
        reserved = 0;
        over.run();
    }
}
