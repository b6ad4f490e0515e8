package dev.reversetunnel.socks;

import dev.reversetunnel.UdpSockets;
import dev.reversetunnel.net.Datagram;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;

/** Datagrams on a client's socket, which is connected to the proxy. */
@ChannelHandler.Sharable // several addresses of the proxy may have to be tried
final class SocksDatagramCodec extends ChannelDuplexHandler {
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        ctx.write(
                message instanceof Datagram datagram ? SocksDatagrams.encode(ctx.alloc(), datagram) : message, promise);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof DatagramPacket packet)) {
            ReferenceCountUtil.release(message);
            return;
        }
        Datagram datagram = SocksDatagrams.decode(UdpSockets.payload(packet));
        if (datagram != null) {
            ctx.fireChannelRead(datagram);
        }
    }
}
