package dev.reversetunnel.mux;

import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Stands at the end of a session's pipeline, takes what comes and keeps it. */
final class Taker extends ChannelInboundHandlerAdapter {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final List<String> datagrams = new ArrayList<>();
    /** What happened besides, in order: "end", "inactive", "writable", or an exception. */
    final List<String> events = new ArrayList<>();

    int reads;
    int readCompletes;

    static Taker of(MuxSession session) {
        return session.pipeline().get(Taker.class);
    }

    String text() {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        reads++;
        if (message instanceof Datagram datagram) {
            datagrams.add(datagram.peer() + " " + datagram.content().toString(StandardCharsets.ISO_8859_1));
        } else {
            bytes.writeBytes(ByteBufUtil.getBytes((ByteBuf) message));
        }
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        readCompletes++;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            events.add("end");
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        events.add(ctx.channel().isWritable() ? "writable" : "unwritable");
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        events.add("inactive");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        events.add(cause.toString());
    }
}
