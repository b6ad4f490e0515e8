package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.util.concurrent.Future;

/** Dials one declared address, whatever was asked for. */
final class RedirectOutbound implements Outbound {
    private final Destination target;

    RedirectOutbound(String host, int port) {
        if (port == 0) {
            throw new IllegalArgumentException("port: 0 (expected: 1~65535, the port that the server listens on)");
        }
        target = Destination.tcp(host, port);
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        if (request.destination().network() == Network.UDP) {
            return UdpSockets.connect(target.on(Network.UDP), dialer, new ConnectedDatagrams(request.destination()));
        }
        return Transport.tcp().dial(target, Nothing.HERE, dialer);
    }

    @Override
    public String toString() {
        return "to " + target;
    }

    /** A channel that is dialled as it is. */
    @ChannelHandler.Sharable // several addresses of a name may have to be tried
    static final class Nothing extends ChannelHandlerAdapter {
        static final Nothing HERE = new Nothing();
    }
}
