package dev.reversetunnel;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;

/** An application that says whom it serves, as soon as he is there. */
@ChannelHandler.Sharable
final class Who extends ChannelInboundHandlerAdapter {
    static final Who IS_IT = new Who();

    private Who() {}

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        Channel channel = ctx.channel();
        Request request = Request.of(channel);
        channel.writeAndFlush(Unpooled.copiedBuffer(
                request.source() + " to " + request.local() + " by " + request.inbound() + '\n',
                StandardCharsets.US_ASCII));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // he has heard enough
    }
}
