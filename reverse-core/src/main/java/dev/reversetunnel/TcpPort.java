package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A port for streams: each connection is a visitor, and all of them ask for one destination. */
final class TcpPort extends ChannelInitializer<Channel> implements ProxyHeaderReader.Visitors {
    private final InboundContext context;
    private final @Nullable Destination destination;
    private final int port;
    private final TrustedProxies proxies;

    /**
     * A port.
     *
     * @param destination what visitors ask for; null for the port's own address
     * @param port its number, should a connection not know its own address
     * @param proxies whose word is taken for where a visitor comes from
     */
    TcpPort(InboundContext context, @Nullable Destination destination, int port, TrustedProxies proxies) {
        this.context = context;
        this.destination = destination;
        this.port = port;
        this.proxies = proxies;
    }

    @Override
    protected void initChannel(Channel visitor) {
        if (proxies.include(visitor.remoteAddress())) {
            ProxyHeaderReader.install(visitor, this);
            return;
        }
        visitor.pipeline().addLast(new HoldUntilRead());
        // Behind the hand-over of the channel itself, which is still being registered.
        visitor.eventLoop().execute(() -> arrived(visitor, source(visitor), reached(visitor)));
    }

    @Override
    public void arrived(Channel visitor, @Nullable InetSocketAddress source, @Nullable InetSocketAddress local) {
        if (visitor.isActive()) {
            context.handle(request(visitor, source, local), visitor);
        } else {
            visitor.close();
        }
    }

    @Override
    public void refused(Channel proxy, String reason) {
        context.refuse(request(proxy, source(proxy), reached(proxy)), proxy, reason);
    }

    private Request request(Channel visitor, @Nullable InetSocketAddress source, @Nullable InetSocketAddress local) {
        return new Request(wanted(visitor), context.tag(), "", Grant.CONNECT, source, local);
    }

    private Destination wanted(Channel visitor) {
        if (destination != null) {
            return destination;
        }
        InetSocketAddress own = PortInbound.inet(visitor.localAddress()); // not that of a proxy in front
        return own != null ? Destination.of(Network.TCP, own) : Destination.tcp("127.0.0.1", port);
    }

    private static @Nullable InetSocketAddress source(Channel visitor) {
        return ChannelAddresses.source(visitor);
    }

    private static @Nullable InetSocketAddress reached(Channel visitor) {
        return ChannelAddresses.local(visitor);
    }
}
