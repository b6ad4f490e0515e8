package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A port at which everybody may come in: what V2Ray calls dokodemo-door. Immutable; each method returns a changed copy.
 *
 * <p>All its visitors ask for the same destination: the one set by {@link #to}, else the address of the port that they
 * reached.
 */
public final class PortInbound implements Inbound {
    // Set on a fresh copy only, before anybody else sees it.
    private InetSocketAddress local;
    private @Nullable Destination destination;
    private Transport transport = Transport.tcp();
    private Set<Network> networks = EnumSet.of(Network.TCP);
    private int maxAssociations = Associations.DEFAULT_MOST;
    private TrustedProxies proxies = TrustedProxies.NONE;
    private Sniffing sniffing = Sniffing.NONE;

    PortInbound(int port) {
        local = new InetSocketAddress(port);
    }

    private PortInbound(PortInbound other) {
        local = other.local;
        destination = other.destination;
        transport = other.transport;
        networks = other.networks;
        maxAssociations = other.maxAssociations;
        proxies = other.proxies;
        sniffing = other.sniffing;
    }

    /**
     * Listens on one address only. Default: all addresses of the machine.
     *
     * @param address an IP address of this machine, or a name of it
     * @return a changed copy
     */
    public PortInbound address(String address) {
        PortInbound copy = new PortInbound(this);
        copy.local = new InetSocketAddress(Objects.requireNonNull(address, "address"), local.getPort());
        return copy;
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
        PortInbound copy = new PortInbound(this);
        copy.destination = Destination.tcp(host, port);
        return copy;
    }

    /**
     * Takes datagrams instead of streams. Each source address is an association, which ends when nothing moves any
     * more, see {@link ReverseTunnel.Builder#datagramTimeout}; all of them end when the port is closed, also to drain.
     *
     * @return a changed copy
     */
    public PortInbound udp() {
        PortInbound copy = new PortInbound(this);
        copy.networks = EnumSet.of(Network.UDP);
        return copy;
    }

    /**
     * Takes streams and datagrams, on the same port number, also if that is picked. Default: streams only.
     *
     * @return a changed copy
     */
    public PortInbound tcpAndUdp() {
        PortInbound copy = new PortInbound(this);
        copy.networks = EnumSet.allOf(Network.class);
        return copy;
    }

    /**
     * How many sources of datagrams there may be at once. The one that was idle for longest makes room for another one.
     * Default: 1,024.
     *
     * @param most positive
     * @return a changed copy
     */
    public PortInbound maxAssociations(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("maxAssociations: " + most + " (expected: at least 1)");
        }
        PortInbound copy = new PortInbound(this);
        copy.maxAssociations = most;
        return copy;
    }

    /**
     * Listens for streams by another transport than TCP, as in tests. Datagrams always come by UDP.
     *
     * @param other the transport
     * @return a changed copy
     */
    public PortInbound transport(Transport other) {
        PortInbound copy = new PortInbound(this);
        copy.transport = Objects.requireNonNull(other, "transport");
        return copy;
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
        PortInbound copy = new PortInbound(this);
        copy.proxies = TrustedProxies.of(trusted);
        return copy;
    }

    /**
     * Looks at what visitors say first, so that rules know the host that they name. Default: {@link Sniffing#NONE}.
     *
     * <pre>{@code
     * Inbound.port(443).sniff(Sniffing.of("tls"))
     * }</pre>
     *
     * @param how what to look for, and for how long
     * @return a changed copy
     */
    public PortInbound sniff(Sniffing how) {
        PortInbound copy = new PortInbound(this);
        copy.sniffing = Objects.requireNonNull(how, "sniffing");
        return copy;
    }

    @Override
    public Sniffing sniffing() {
        return sniffing;
    }

    @Override
    public boolean takesTunnels() {
        return false;
    }

    @Override
    public Future<Channel> start(InboundContext context) {
        if (networks.size() == 1) {
            return networks.contains(Network.TCP)
                    ? listen(context)
                    : listen(local, context.loops().next(), context);
        }
        return UdpSockets.listenBeside(
                local,
                context,
                () -> listen(context),
                picked -> listen(picked, context.loops().next(), context));
    }

    private Future<Channel> listen(InetSocketAddress address, EventLoop loop, InboundContext context) {
        return UdpSockets.listen(address, loop, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel socket) {
                // Only when it is bound its own address is known, which may be what visitors ask for.
                socket.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelActive(ChannelHandlerContext ctx) {
                        ctx.pipeline()
                                .addLast(new UdpPort(
                                        context, wanted(inet(ctx.channel().localAddress())), maxAssociations));
                        ctx.pipeline().remove(this);
                        ctx.channel().config().setAutoRead(true);
                    }
                });
            }
        });
    }

    /** What datagrams ask for that have come to {@code own}. */
    private Destination wanted(@Nullable InetSocketAddress own) {
        if (destination != null) {
            return destination.on(Network.UDP);
        }
        return own == null || own.getAddress().isAnyLocalAddress()
                ? Destination.udp("127.0.0.1", own == null ? local.getPort() : own.getPort())
                : Destination.of(Network.UDP, own);
    }

    private Future<Channel> listen(InboundContext context) {
        return transport.listen(local, new TcpPort(context, destination, local.getPort(), proxies), context);
    }

    static @Nullable InetSocketAddress inet(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet : null;
    }

    @Override
    public String toString() {
        return "port " + local.getPort() + " of " + local.getHostString()
                + (networks.contains(Network.UDP) ? networks.size() == 1 ? ", UDP" : ", TCP and UDP" : "");
    }
}
