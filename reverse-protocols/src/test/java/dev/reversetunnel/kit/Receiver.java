package dev.reversetunnel.kit;

import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whoever a channel is handed to: writes down what it is told. */
public final class Receiver extends ChannelInboundHandlerAdapter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<Integer> sizes = new ArrayList<>();
    private final List<Object> others = new ArrayList<>();
    private int cleanEnds;
    private int readCompletes;
    private boolean inactive;
    private @Nullable Throwable failure;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = message instanceof Datagram datagram ? datagram.content() : (ByteBuf) message;
        byte[] plain = new byte[in.readableBytes()];
        in.readBytes(plain);
        in.release();
        bytes.writeBytes(plain);
        sizes.add(plain.length);
        if (message instanceof Datagram datagram) {
            others.add(datagram.peer());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        readCompletes++;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            cleanEnds++;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        inactive = true;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failure = cause;
    }

    public byte[] bytes() {
        return bytes.toByteArray();
    }

    /** The sizes of the messages that came. */
    public List<Integer> sizes() {
        return sizes;
    }

    /** The other ends of the datagrams that came. */
    public List<Object> peers() {
        return others;
    }

    public int cleanEnds() {
        return cleanEnds;
    }

    public int readCompletes() {
        return readCompletes;
    }

    public boolean isInactive() {
        return inactive;
    }

    @Nullable
    public Throwable failure() {
        return failure;
    }
}
