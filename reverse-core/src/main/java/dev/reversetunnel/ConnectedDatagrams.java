package dev.reversetunnel;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.net.ConnectException;
import java.net.PortUnreachableException;

/**
 * A UDP socket that is connected to a declared address. Its answers seem to come from the target that was asked for,
 * for a visitor knows no other one. When the system says that nobody listens there, that is an error of the channel.
 */
@ChannelHandler.Sharable // several addresses of a name may have to be tried
final class ConnectedDatagrams extends ChannelDuplexHandler {
    private final Destination asked;

    ConnectedDatagrams(Destination asked) {
        this.asked = asked;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!(message instanceof Datagram datagram)) {
            ctx.write(message, promise);
            return;
        }
        promise.trySuccess(); // whatever becomes of it: it is a datagram
        ChannelFuture write = ctx.write(UdpSockets.whole(datagram.content()));
        write.addListener(sent -> {
            if (sent.isSuccess()) {
                return;
            }
            ctx.fireUserEventTriggered(new DatagramRelay.Dropped(asked, 1, null));
            if (isNobodyThere(sent.cause())) { // which is the answer to a datagram before this one
                exceptionCaught(ctx, sent.cause());
            }
        });
    }

    private static boolean isNobodyThere(Throwable cause) {
        return cause instanceof PortUnreachableException || cause instanceof ConnectException;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof DatagramPacket packet) {
            ctx.fireChannelRead(new Datagram(asked, UdpSockets.payload(packet)));
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.fireExceptionCaught(
                isNobodyThere(cause)
                        ? new TunnelException("nobody listens for datagrams there; is the service running?", cause)
                        : cause);
    }
}
