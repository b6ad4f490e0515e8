package dev.reversetunnel.door;

import dev.reversetunnel.ChannelEnds;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * The end of a connection behind an answer. Only the output ends at once: closing a socket that has unread input resets
 * it, and the other end may lose the answer. So what comes is thrown away for a while.
 */
public final class LastWord extends ChannelInboundHandlerAdapter {
    /** Of our choice: for the other end to read the answer and close. */
    private static final long LINGER_MILLIS = 2_000;

    private LastWord() {}

    /**
     * Writes a message, ends the output behind it, and closes.
     *
     * @param channel the connection; called on its event loop
     * @param message the last that its handlers are given to send
     */
    public static void say(Channel channel, Object message) {
        if (!channel.isActive()) {
            ReferenceCountUtil.release(message); // nobody is left to hear it
            channel.close();
            return;
        }
        channel.pipeline().addLast(new LastWord());
        channel.writeAndFlush(message);
        ChannelEnds.shutdownOutput(channel);
        channel.config().setAutoRead(true);
        var close = channel.eventLoop().schedule(() -> channel.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(closed -> close.cancel(false));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // he did not want to hear it
    }
}
