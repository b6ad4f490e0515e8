package dev.reversetunnel.door;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends a header and the first bytes behind it in one write, then gives way. A flush without bytes sends it alone, and
 * so does the end of its patience. (sing-box wants the whole header in its first read.)
 */
public final class HeaderBeforePayload extends ChannelDuplexHandler {
    private final Supplier<byte[]> header;
    private final @Nullable Duration patience;

    private @Nullable Future<?> alarm;
    private boolean sent;

    /**
     * A header that was not sent yet.
     *
     * @param header asked for when it is sent, since it may hold the time; gives no bytes if they stand in front of the
     *     payload already
     * @param patience how long after the connection is there to wait for bytes; null for as long as it takes
     */
    public HeaderBeforePayload(Supplier<byte[]> header, @Nullable Duration patience) {
        this.header = header;
        this.patience = patience;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            setAlarm(ctx);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        setAlarm(ctx);
        ctx.fireChannelActive();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (sent || !(message instanceof ByteBuf payload)) {
            ctx.write(message, promise);
            return;
        }
        sent = true;
        ByteBuf both;
        try {
            byte[] first = header.get();
            both = first.length == 0 // the protocol has put it into the payload's own chunk
                    ? payload.retain()
                    : ctx.alloc()
                            .buffer(first.length + payload.readableBytes())
                            .writeBytes(first)
                            .writeBytes(payload);
        } finally {
            payload.release();
        }
        ctx.write(both, promise);
        giveWay(ctx);
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        if (sent || !ctx.channel().isActive()) {
            ctx.flush();
            return;
        }
        sendAlone(ctx);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (alarm != null) {
            alarm.cancel(false);
            alarm = null;
        }
    }

    private void setAlarm(ChannelHandlerContext ctx) {
        if (patience != null && alarm == null && !sent) {
            alarm = ctx.executor().schedule(() -> sendAlone(ctx), patience.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void sendAlone(ChannelHandlerContext ctx) {
        if (sent || ctx.isRemoved()) {
            return;
        }
        sent = true;
        byte[] first = header.get();
        ctx.writeAndFlush(ctx.alloc().buffer(first.length).writeBytes(first));
        giveWay(ctx);
    }

    private void giveWay(ChannelHandlerContext ctx) {
        if (!ctx.isRemoved()) { // unless the write has failed, and the channel is closed
            ctx.pipeline().remove(this);
        }
    }
}
