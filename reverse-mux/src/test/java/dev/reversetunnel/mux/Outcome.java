package dev.reversetunnel.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.List;

/** Stands behind a decoder and keeps what comes out of it, in order: frames, exceptions, and the end. */
final class Outcome extends ChannelInboundHandlerAdapter {
    final List<Object> all = new ArrayList<>();

    static EmbeddedChannel channel(MuxDialect dialect, Outcome outcome) {
        return new EmbeddedChannel(new MuxFrameDecoder(dialect), outcome);
    }

    /** The frames, which the caller releases. */
    List<MuxFrame> frames() {
        return all.stream()
                .filter(MuxFrame.class::isInstance)
                .map(MuxFrame.class::cast)
                .toList();
    }

    /** The broken rules, by reason. */
    List<MuxException.Reason> reasons() {
        return all.stream()
                .filter(MuxException.class::isInstance)
                .map(e -> ((MuxException) e).reason())
                .toList();
    }

    void releaseFrames() {
        frames().forEach(MuxFrame::release);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        all.add(msg instanceof ByteBuf ? "bytes" : msg);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        all.add(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        all.add("inactive");
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        all.add(event instanceof ChannelInputShutdownEvent ? "input shutdown" : event);
    }
}
