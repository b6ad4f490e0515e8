package dev.reversetunnel;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * In front of an application's pipeline, which most likely knows nothing of half-closed connections: a visitor who ends
 * his output right behind his request gets his whole answer, and one who ends it behind an answer has most likely gone.
 * Once nothing more is written for a while, the channel is closed.
 */
final class VisitorsFarewell extends ChannelDuplexHandler {
    private boolean answered;
    private boolean ended;
    private boolean wrote;
    private @Nullable Future<?> patience;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        answered = false;
        ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (ended) {
            wrote = true;
        } else {
            answered = true;
        }
        ctx.write(message, promise);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        ctx.fireUserEventTriggered(event);
        if (event == ChannelInputShutdownEvent.INSTANCE && !ended) {
            ended = true;
            watch(ctx);
        }
    }

    private void watch(ChannelHandlerContext ctx) {
        wrote = false;
        long wait = answered
                ? RelayHandler.ANSWERED_MILLIS
                : NodeTimes.DEFAULT.halfClosed().toMillis();
        patience = ctx.executor()
                .schedule(
                        () -> {
                            if (wrote || !ctx.channel().isWritable()) {
                                watch(ctx);
                            } else if (ctx.channel().isOpen()) {
                                ChannelEnds.closeAfterFlush(ctx.channel());
                            }
                        },
                        wait,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (patience != null) {
            patience.cancel(false);
        }
        ctx.fireChannelInactive();
    }
}
