package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.CryptoScratch;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The UDP socket of a server, on one event loop. What is wrong with a packet is never answered. */
abstract class UdpServer extends ChannelInboundHandlerAdapter {
    private static final Logger logger = LoggerFactory.getLogger(UdpServer.class);

    private final UdpContext context;

    UdpServer(UdpContext context) {
        this.context = context;
    }

    final UdpContext context() {
        return context;
    }

    /**
     * A packet came.
     *
     * @param packet in {@link CryptoScratch#source()}: good until something else is sealed or opened
     */
    abstract void packet(ChannelHandlerContext ctx, InetSocketAddress sender, byte[] packet, int size);

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof DatagramPacket received) {
                ByteBuf content = received.content();
                byte[] packet = CryptoScratch.current().source();
                int size = content.readableBytes();
                if (size <= packet.length) {
                    content.readBytes(packet, 0, size);
                    packet(ctx, received.sender(), packet, size);
                }
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // One visitor's: nobody listens any more where an answer went. The others stay.
        logger.debug("{}: {}", ctx.channel(), cause.toString());
    }

    /** The address of ours that was reached, if it is known. */
    static @Nullable InetSocketAddress reached(Channel socket) {
        return socket.localAddress() instanceof InetSocketAddress local
                        && !local.getAddress().isAnyLocalAddress()
                ? local
                : null;
    }
}
