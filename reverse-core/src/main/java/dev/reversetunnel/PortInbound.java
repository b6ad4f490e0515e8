package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
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
    /** Of our choice: how many ports are tried for streams and datagrams when any will do. */
    private static final int PICKS = 10;

    private final InetSocketAddress local;
    private final @Nullable Destination destination;
    private final Transport transport;
    private final Set<Network> networks;
    private final int maxAssociations;

    PortInbound(int port) {
        this(new InetSocketAddress(port), null, Transport.tcp(), EnumSet.of(Network.TCP), Associations.DEFAULT_MOST);
    }

    private PortInbound(
            InetSocketAddress local,
            @Nullable Destination destination,
            Transport transport,
            Set<Network> networks,
            int maxAssociations) {
        this.local = local;
        this.destination = destination;
        this.transport = transport;
        this.networks = networks;
        this.maxAssociations = maxAssociations;
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
                networks,
                maxAssociations);
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
        return new PortInbound(local, Destination.tcp(host, port), transport, networks, maxAssociations);
    }

    /**
     * Takes datagrams instead of streams. Each source address is an association, which ends when nothing moves any
     * more, see {@link ReverseTunnel.Builder#datagramTimeout}; all of them end when the port is closed, also to drain.
     *
     * @return a changed copy
     */
    public PortInbound udp() {
        return new PortInbound(local, destination, transport, EnumSet.of(Network.UDP), maxAssociations);
    }

    /**
     * Takes streams and datagrams, on the same port number, also if that is picked. Default: streams only.
     *
     * @return a changed copy
     */
    public PortInbound tcpAndUdp() {
        return new PortInbound(local, destination, transport, EnumSet.allOf(Network.class), maxAssociations);
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
        return new PortInbound(local, destination, transport, networks, most);
    }

    /**
     * Listens for streams by another transport than TCP, as in tests. Datagrams always come by UDP.
     *
     * @param other the transport
     * @return a changed copy
     */
    public PortInbound transport(Transport other) {
        return new PortInbound(
                local, destination, Objects.requireNonNull(other, "transport"), networks, maxAssociations);
    }

    @Override
    public Future<Channel> start(InboundContext context) {
        if (networks.size() == 1) {
            return networks.contains(Network.TCP)
                    ? listen(context)
                    : listen(local, context.loops().next(), context);
        }
        Promise<Channel> both = context.loops().next().newPromise();
        listenForBoth(context, both, local.getPort() == 0 ? PICKS : 1);
        return both;
    }

    /** The number that is picked for streams may be taken for datagrams: then another one is picked. */
    private void listenForBoth(InboundContext context, Promise<Channel> both, int attempts) {
        listen(context).addListener((Future<Channel> streams) -> {
            if (!streams.isSuccess()) {
                both.setFailure(streams.cause());
                return;
            }
            Channel tcp = streams.getNow();
            InetSocketAddress picked = new InetSocketAddress(local.getAddress(), portOf(tcp));
            listen(picked, context.loops().next(), context).addListener((Future<Channel> datagrams) -> {
                if (datagrams.isSuccess()) {
                    Channel udp = datagrams.getNow();
                    tcp.closeFuture().addListener(closed -> udp.close());
                    both.setSuccess(tcp);
                    return;
                }
                tcp.close();
                if (attempts > 1) {
                    listenForBoth(context, both, attempts - 1);
                } else {
                    both.setFailure(datagrams.cause());
                }
            });
        });
    }

    private static int portOf(Channel listening) {
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    private Future<Channel> listen(InetSocketAddress address, EventLoop loop, InboundContext context) {
        return UdpSockets.listen(address, loop, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel socket) {
                // Only when it is bound its own address is known, which may be what visitors ask for.
                socket.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelActive(ChannelHandlerContext ctx) {
                        ctx.pipeline().addLast(new UdpPort(context, wanted(ctx.channel()), maxAssociations));
                        ctx.pipeline().remove(this);
                        ctx.channel().config().setAutoRead(true);
                    }
                });
            }
        });
    }

    private Destination wanted(Channel socket) {
        if (destination != null) {
            return destination.on(Network.UDP);
        }
        InetSocketAddress bound = inet(socket.localAddress());
        return bound == null || bound.getAddress().isAnyLocalAddress()
                ? Destination.udp("127.0.0.1", bound == null ? local.getPort() : bound.getPort())
                : Destination.of(Network.UDP, bound);
    }

    private Future<Channel> listen(InboundContext context) {
        return transport.listen(
                local,
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel visitor) {
                        visitor.pipeline().addLast(new HoldUntilRead());
                        // Behind the hand-over of the channel itself, which is still being registered.
                        visitor.eventLoop().execute(() -> accept(visitor, context));
                    }
                },
                context);
    }

    private void accept(Channel visitor, InboundContext context) {
        if (!visitor.isActive()) {
            visitor.close();
            return;
        }
        InetSocketAddress reached = inet(visitor.localAddress());
        Destination wanted = destination != null
                ? destination
                : reached != null
                        ? Destination.of(Network.TCP, reached)
                        : Destination.tcp("127.0.0.1", local.getPort());
        context.handle(
                new Request(wanted, context.tag(), "", Grant.CONNECT, inet(visitor.remoteAddress()), reached), visitor);
    }

    private static @Nullable InetSocketAddress inet(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet : null;
    }

    @Override
    public String toString() {
        return "port " + local.getPort() + " of " + local.getHostString()
                + (networks.contains(Network.UDP) ? networks.size() == 1 ? ", UDP" : ", TCP and UDP" : "");
    }
}
