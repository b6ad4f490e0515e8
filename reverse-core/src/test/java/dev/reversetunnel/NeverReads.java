package dev.reversetunnel;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;

/** An application on a session that never takes what comes. */
@ChannelHandler.Sharable
final class NeverReads extends ChannelDuplexHandler {
    @Override
    public void read(ChannelHandlerContext ctx) {
        // not he
    }
}
