package dev.reversetunnel.vless;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Transport;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;

/** Reaches nothing; only asked what it is. */
abstract class NoTransport implements Transport {
    @Override
    public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
        throw new UnsupportedOperationException();
    }
}
