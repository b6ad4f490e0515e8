package dev.reversetunnel.lab;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A bad network for datagrams: a UDP port on loopback that hands them on to another port, and drops, doubles, reorders
 * or delays them. Each client has a socket of its own towards the target, as behind a NAT. May be used by any thread.
 *
 * <pre>{@code
 * try (DatagramFaultProxy line = DatagramFaultProxy.to(portal.port("visitors"))) {
 *     line.toTarget().drop(0.01).duplicate(0.01).reorder(0.05);
 *     ...
 * }
 * }</pre>
 */
public final class DatagramFaultProxy implements AutoCloseable {
    /** Of our choice; the one who has been silent for longest makes room. */
    private static final int CLIENTS = 1_024;

    private final EventLoopGroup group = LabLoop.start();
    private final EventLoop loop = group.next();
    private final DatagramFaults toTarget;
    private final DatagramFaults fromTarget;
    private final InetSocketAddress target;
    private final Channel socket;

    /** On the loop only; in the order of use. */
    private final Map<InetSocketAddress, ChannelFuture> clients = new LinkedHashMap<>(16, 0.75f, true);

    private DatagramFaultProxy(InetSocketAddress target, long seed) {
        this.target = target;
        toTarget = new DatagramFaults(2 * seed);
        fromTarget = new DatagramFaults(2 * seed + 1);
        ChannelFuture bound = bootstrap(new FromClients())
                .bind(InetAddress.getLoopbackAddress(), 0)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            LabLoop.end(group);
            throw new IllegalStateException(
                    "cannot listen on loopback: " + bound.cause().getMessage(), bound.cause());
        }
        socket = bound.channel();
    }

    /**
     * In front of a port of this machine, with seed 1.
     *
     * @param port where datagrams are handed on to
     * @return the running proxy, without a fault
     */
    public static DatagramFaultProxy to(int port) {
        return to(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
    }

    /**
     * In front of any port.
     *
     * @param target where datagrams are handed on to
     * @param seed of all that is random
     * @return the running proxy, without a fault
     */
    public static DatagramFaultProxy to(InetSocketAddress target, long seed) {
        return new DatagramFaultProxy(target, seed);
    }

    private Bootstrap bootstrap(ChannelHandler handler) {
        return new Bootstrap().group(loop).channel(NioDatagramChannel.class).handler(handler);
    }

    /**
     * Where it listens, on loopback.
     *
     * @return the port that was picked
     */
    public int port() {
        return ((InetSocketAddress) socket.localAddress()).getPort();
    }

    /**
     * What is wrong with the datagrams from clients to the target.
     *
     * @return the faults, to be changed
     */
    public DatagramFaults toTarget() {
        return toTarget;
    }

    /**
     * What is wrong with the datagrams from the target to clients.
     *
     * @return the faults, to be changed
     */
    public DatagramFaults fromTarget() {
        return fromTarget;
    }

    /**
     * Does the same to both directions.
     *
     * @param change such as {@code way -> way.drop(0.01)}
     */
    public void both(Consumer<DatagramFaults> change) {
        change.accept(toTarget);
        change.accept(fromTarget);
    }

    /** Frees the port. What is under way is lost. */
    @Override
    public void close() {
        if (!group.isShuttingDown()) {
            loop.submit(this::closeAll).awaitUninterruptibly(5, TimeUnit.SECONDS);
            LabLoop.end(group);
        }
    }

    private void closeAll() {
        both(DatagramFaults::close);
        clients.values().forEach(client -> client.channel().close());
        socket.close();
    }

    /** Where it listens, where it leads, and what it has done. */
    @Override
    public String toString() {
        return "datagram fault proxy on port " + port() + " to " + target + " (to target: " + toTarget
                + ", from target: " + fromTarget + ')';
    }

    private ChannelFuture socketOf(InetSocketAddress client) {
        ChannelFuture known = clients.get(client);
        if (known == null) {
            known = bootstrap(new FromTarget(client)).connect(target);
            clients.put(client, known);
            if (clients.size() > CLIENTS) {
                var oldest = clients.values().iterator();
                oldest.next().channel().close();
                oldest.remove();
            }
        }
        return known;
    }

    private static void send(Channel channel, Object message) {
        channel.writeAndFlush(message);
    }

    private final class FromClients extends SimpleChannelInboundHandler<DatagramPacket> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
            ChannelFuture out = socketOf(packet.sender());
            toTarget.take(packet.content().retain(), loop, content -> {
                if (out.isDone()) {
                    send(out.channel(), content);
                } else {
                    out.addListener(connected -> send(out.channel(), content));
                }
            });
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // as a network: whoever sent it learns nothing
        }
    }

    private final class FromTarget extends SimpleChannelInboundHandler<DatagramPacket> {
        private final InetSocketAddress client;

        FromTarget(InetSocketAddress client) {
            this.client = client;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
            fromTarget.take(
                    packet.content().retain(), loop, content -> send(socket, new DatagramPacket(content, client)));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // nobody listens at the target
        }
    }
}
