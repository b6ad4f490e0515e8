package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Tells code of this JVM what became of its dial: that all is well as soon as somebody takes the connection over, which
 * shows in that he reads or writes; else why not.
 */
final class DialReply extends ChannelOutboundHandlerAdapter implements FailureReply {
    private final CompletableFuture<Channel> opened;
    private final Runnable success;
    private @Nullable ChannelHandlerContext context;

    /**
     * For one dial.
     *
     * @param opened is told of a failure
     * @param success runs on the event loop if all is well
     */
    DialReply(CompletableFuture<Channel> opened, Runnable success) {
        this.opened = opened;
        this.success = success;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        ctx.channel()
                .closeFuture()
                .addListener(closed -> opened.completeExceptionally(
                        new TunnelException("the connection was closed before it was open")));
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        succeed(ctx);
        ctx.read();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        boolean marker = message instanceof ByteBuf bytes && !bytes.isReadable();
        if (!marker) {
            succeed(ctx);
        }
        ctx.write(message, promise);
    }

    private void succeed(ChannelHandlerContext ctx) {
        if (!ctx.isRemoved()) {
            ctx.pipeline().remove(this);
            ctx.executor().execute(success); // later: somebody is in the middle of joining two channels
        }
    }

    @Override
    public void fail(Throwable cause) {
        opened.completeExceptionally(cause);
        if (context != null) {
            ChannelEnds.reset(context.channel());
        }
    }
}
