package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.TunnelException;
import dev.reversetunnel.crypto.CryptoScratch;
import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.net.ConnectException;
import java.net.PortUnreachableException;
import org.jspecify.annotations.Nullable;

/**
 * The UDP socket of a client, connected to its server: datagrams of any target out, those of any source in. What does
 * not open, or is too large, is thrown away.
 */
abstract class UdpClient extends ChannelDuplexHandler {
    /** Seals; null if it would be too large. The datagram stays the caller's. */
    abstract @Nullable ByteBuf seal(ChannelHandlerContext ctx, Datagram datagram);

    /**
     * Opens.
     *
     * @param packet in {@link CryptoScratch#source()}
     * @return null if anything is wrong with it
     */
    abstract @Nullable Datagram open(ChannelHandlerContext ctx, byte[] packet, int size);

    @Override
    public final void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!(message instanceof Datagram datagram)) {
            ctx.write(message, promise);
            return;
        }
        promise.trySuccess(); // whatever becomes of it: it is a datagram
        ByteBuf packet;
        try {
            packet = seal(ctx, datagram);
        } finally {
            datagram.release();
        }
        if (packet != null) {
            ctx.write(packet).addListener(sent -> {
                if (!sent.isSuccess() && isNobodyThere(sent.cause())) { // the answer to a packet before this one
                    exceptionCaught(ctx, sent.cause());
                }
            });
        }
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        Datagram datagram = null;
        try {
            if (message instanceof DatagramPacket received) {
                byte[] packet = CryptoScratch.current().source();
                int size = received.content().readableBytes();
                if (size <= packet.length) {
                    received.content().readBytes(packet, 0, size);
                    datagram = open(ctx, packet, size);
                }
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
        if (datagram != null) {
            ctx.fireChannelRead(datagram);
        }
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.fireExceptionCaught(
                isNobodyThere(cause)
                        ? new TunnelException(
                                "the Shadowsocks server takes no datagrams; is it running, and is UDP on there?", cause)
                        : cause);
    }

    private static boolean isNobodyThere(Throwable cause) {
        return cause instanceof PortUnreachableException || cause instanceof ConnectException;
    }
}
