package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A port at which everybody may come in: what V2Ray calls dokodemo-door. Immutable; each method returns a changed copy.
 *
 * <p>All its visitors ask for the same destination: the one set by {@link #to}, else the address of the port that they
 * reached.
 */
public final class PortInbound implements Inbound {
    private final InetSocketAddress local;
    private final @Nullable Destination destination;
    private final Transport transport;
    private final TrustedProxies proxies;

    PortInbound(int port) {
        this(new InetSocketAddress(port), null, Transport.tcp(), TrustedProxies.NONE);
    }

    private PortInbound(
            InetSocketAddress local, @Nullable Destination destination, Transport transport, TrustedProxies proxies) {
        this.local = local;
        this.destination = destination;
        this.transport = transport;
        this.proxies = proxies;
    }

    /**
     * Listens on one address only. Default: all addresses of the machine.
     *
     * @param address an IP address of this machine, or a name of it
     * @return a changed copy
     */
    public PortInbound address(String address) {
        return new PortInbound(
                new InetSocketAddress(Objects.requireNonNull(address, "address"), local.getPort()),
                destination,
                transport,
                proxies);
    }

    /**
     * What visitors ask for. A bridge of ours usually decides by itself where its sessions go; a V2Ray bridge without
     * {@code redirect} dials this.
     *
     * @param host a name or an IP address, as seen by the bridge
     * @param port 1 to 65535
     * @return a changed copy
     */
    public PortInbound to(String host, int port) {
        return new PortInbound(local, Destination.tcp(host, port), transport, proxies);
    }

    /**
     * Listens by another transport than TCP, as in tests.
     *
     * @param other the transport
     * @return a changed copy
     */
    public PortInbound transport(Transport other) {
        return new PortInbound(local, destination, Objects.requireNonNull(other, "transport"), proxies);
    }

    /**
     * Believes proxies that stand in front of this port and tell where their visitors come from, by a header of the
     * PROXY protocol, version 1 or 2. Its source and destination become {@link Request#source()} and
     * {@link Request#local()}; what visitors ask for is still what {@link #to} says. Default: nobody is believed.
     *
     * <p>Every connection from such an address must begin with a header, within 10 s, as HAProxy and nginx have it: one
     * without is refused, for a proxy that has forgotten it would pass for the source of all its visitors. From any
     * other address no header is read, and what looks like one is payload: whoever can send one could say that he comes
     * from anywhere. {@code LOCAL} and {@code UNKNOWN} keep the connection's own addresses; what else is in a header is
     * skipped. Datagrams have no header.
     *
     * @param trusted IP networks such as {@code 10.0.0.0/8} or {@code fd00::/8}, or IP addresses: nobody's but your
     *     proxies'
     * @return a changed copy
     */
    public PortInbound proxyProtocol(String... trusted) {
        return new PortInbound(local, destination, transport, TrustedProxies.of(trusted));
    }

    @Override
    public Future<Channel> start(InboundContext context) {
        return transport.listen(
                local,
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel visitor) {
                        Arrivals arrivals = new Arrivals(context);
                        if (proxies.include(visitor.remoteAddress())) {
                            ProxyHeaderReader.install(visitor, arrivals);
                            return;
                        }
                        visitor.pipeline().addLast(new HoldUntilRead());
                        // Behind the hand-over of the channel itself, which is still being registered.
                        visitor.eventLoop()
                                .execute(() -> arrivals.arrived(
                                        visitor, inet(visitor.remoteAddress()), inet(visitor.localAddress())));
                    }
                },
                context);
    }

    /** What becomes of those who come in. */
    private final class Arrivals implements ProxyHeaderReader.Visitors {
        private final InboundContext context;

        Arrivals(InboundContext context) {
            this.context = context;
        }

        @Override
        public void arrived(Channel visitor, @Nullable InetSocketAddress source, @Nullable InetSocketAddress reached) {
            if (visitor.isActive()) {
                context.handle(request(visitor, source, reached), visitor);
            } else {
                visitor.close();
            }
        }

        @Override
        public void refused(Channel proxy, String reason) {
            context.refuse(request(proxy, inet(proxy.remoteAddress()), inet(proxy.localAddress())), proxy, reason);
        }

        private Request request(
                Channel visitor, @Nullable InetSocketAddress source, @Nullable InetSocketAddress reached) {
            return new Request(wanted(visitor), context.tag(), "", Grant.CONNECT, source, reached);
        }

        private Destination wanted(Channel visitor) {
            if (destination != null) {
                return destination;
            }
            InetSocketAddress own = inet(visitor.localAddress());
            return own != null ? Destination.of(Network.TCP, own) : Destination.tcp("127.0.0.1", local.getPort());
        }
    }

    static @Nullable InetSocketAddress inet(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet : null;
    }

    @Override
    public String toString() {
        return "port " + local.getPort() + " of " + local.getHostString();
    }
}
