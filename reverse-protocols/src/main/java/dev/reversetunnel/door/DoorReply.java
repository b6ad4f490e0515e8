package dev.reversetunnel.door;

import dev.reversetunnel.FailureReply;
import dev.reversetunnel.HoldUntilRead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a client's request, given when it is known: that all is well as soon as somebody takes the connection
 * over, which shows in that he reads or writes; else why not.
 */
public final class DoorReply extends ChannelOutboundHandlerAdapter implements FailureReply {
    private final byte[] success;
    private final Function<Throwable, byte[]> failure;
    private @Nullable ChannelHandlerContext context;

    private DoorReply(byte[] success, Function<Throwable, byte[]> failure) {
        this.success = success;
        this.failure = failure;
    }

    /**
     * Puts it, and what holds the client's bytes until then, in place.
     *
     * @param pipeline that of the connection
     * @param before the handler's name behind which they belong
     * @param success what to say if all is well
     * @param failure what to say if not
     */
    public static void add(
            ChannelPipeline pipeline, String before, byte[] success, Function<Throwable, byte[]> failure) {
        pipeline.addAfter(before, null, new HoldUntilRead());
        pipeline.addAfter(before, null, new DoorReply(success, failure));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
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
            ctx.writeAndFlush(Unpooled.wrappedBuffer(success));
        }
    }

    @Override
    public void fail(Throwable cause) {
        ChannelHandlerContext ctx = context;
        if (ctx != null && !ctx.isRemoved()) {
            ctx.pipeline().remove(this);
            LastWord.say(ctx.channel(), Unpooled.wrappedBuffer(failure.apply(cause)));
        }
    }
}
