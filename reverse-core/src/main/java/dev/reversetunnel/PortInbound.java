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

    PortInbound(int port) {
        this(new InetSocketAddress(port), null, Transport.tcp());
    }

    private PortInbound(InetSocketAddress local, @Nullable Destination destination, Transport transport) {
        this.local = local;
        this.destination = destination;
        this.transport = transport;
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
                transport);
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
        return new PortInbound(local, Destination.tcp(host, port), transport);
    }

    /**
     * Listens by another transport than TCP, as in tests.
     *
     * @param other the transport
     * @return a changed copy
     */
    public PortInbound transport(Transport other) {
        return new PortInbound(local, destination, Objects.requireNonNull(other, "transport"));
    }

    @Override
    public Future<Channel> start(InboundContext context) {
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
        return "port " + local.getPort() + " of " + local.getHostString();
    }
}
