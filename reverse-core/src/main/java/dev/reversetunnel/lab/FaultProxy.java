package dev.reversetunnel.lab;

import dev.reversetunnel.ChannelEnds;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A bad network: a TCP port on loopback that hands its connections on to another port, and does to them what a test
 * wants. Put it between a bridge and its portal, a visitor and his port, a bridge and its web server, or two programs
 * that have nothing to do with tunnels. May be used by any thread.
 *
 * <pre>{@code
 * try (FaultProxy line = FaultProxy.to(portal.port("tunnels"))) {
 *     Bridge bridge = ... .connect(Vmess.client("127.0.0.1", line.port()).user(id)) ...
 *     line.both(way -> way.delay(Duration.ofMillis(40)).jitter(Duration.ofMillis(20)));
 *     line.fromTarget().throttle(100_000);
 *     line.forget();      // and now a NAT has forgotten it
 * }
 * }</pre>
 *
 * <p>What is wrong with each direction is a {@link Faults}; what is done to whole connections, at this moment, is a
 * method here. An end is handed on as it came: a FIN as a FIN, behind the bytes; an RST as an RST. No more than the
 * windows of {@link Faults#window} and the sockets' buffers is under way in a connection.
 */
public final class FaultProxy implements AutoCloseable {
    /** Of our choice: little, so that it is the faults that hold back, and not this. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

    private static final int CONNECT_MILLIS = 10_000;
    private static final int BACKLOG = 1_024;
    private static final long CLOSE_SECONDS = 5;

    private final EventLoopGroup loop = LabLoop.start();
    private final Set<FaultedConnection> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong accepted = new AtomicLong();
    private final Faults toTarget;
    private final Faults fromTarget;
    private final Channel server;
    private volatile InetSocketAddress target;
    private volatile boolean refusing;

    private FaultProxy(InetSocketAddress target, long seed) {
        this.target = target;
        toTarget = new Faults(2 * seed);
        fromTarget = new Faults(2 * seed + 1);
        server = listen();
    }

    /**
     * In front of a port of this machine, with seed 1.
     *
     * @param port where connections are handed on to
     * @return the running proxy, without a fault
     */
    public static FaultProxy to(int port) {
        return to(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
    }

    /**
     * In front of any port.
     *
     * @param target where connections are handed on to
     * @param seed of all that is random
     * @return the running proxy, without a fault
     */
    public static FaultProxy to(InetSocketAddress target, long seed) {
        return new FaultProxy(target, seed);
    }

    private Channel listen() {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel client) {
                        accept(client);
                    }
                });
        ChannelFuture bound =
                bootstrap.bind(InetAddress.getLoopbackAddress(), 0).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            LabLoop.end(loop);
            throw new IllegalStateException(
                    "cannot listen on loopback: " + bound.cause().getMessage(), bound.cause());
        }
        return bound.channel();
    }

    private void accept(SocketChannel client) {
        accepted.incrementAndGet();
        if (refusing) {
            ChannelEnds.reset(client);
            return;
        }
        FaultedConnection connection = new FaultedConnection(client, toTarget, fromTarget, open::remove);
        open.add(connection);
        if (toTarget.isBlackHole()) {
            connection.forget(); // its first packet was lost already
            return;
        }
        new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .handler(connection.targetSide())
                .connect(target)
                .addListener((ChannelFutureListener) dialled -> connection.dialled(dialled.isSuccess()));
    }

    // ---- the line ----

    /**
     * Where it listens, on loopback.
     *
     * @return the port that was picked
     */
    public int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /**
     * Hands new connections on to another port: what was behind it has moved.
     *
     * @param port of this machine
     */
    public void target(int port) {
        target = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /**
     * What is wrong with the bytes from clients to the target.
     *
     * @return the faults, to be changed
     */
    public Faults toTarget() {
        return toTarget;
    }

    /**
     * What is wrong with the bytes from the target to clients.
     *
     * @return the faults, to be changed
     */
    public Faults fromTarget() {
        return fromTarget;
    }

    /**
     * Does the same to both directions.
     *
     * @param change such as {@code way -> way.delay(Duration.ofMillis(40))}
     */
    public void both(Consumer<Faults> change) {
        change.accept(toTarget);
        change.accept(fromTarget);
    }

    /**
     * How many connections it has accepted so far.
     *
     * @return the number
     */
    public long accepted() {
        return accepted.get();
    }

    /**
     * How many connections there are now; such as were forgotten, or of which one end is gone, count.
     *
     * @return the number
     */
    public int open() {
        return open.size();
    }

    // ---- what happens to connections at this moment ----

    /**
     * Ends each connection by a FIN in both directions, in the middle of whatever is said; what is held back is lost.
     */
    public void cut() {
        each(connection -> connection.end(Ending.CUT));
    }

    /** Ends each connection by an RST in both directions. */
    public void reset() {
        each(connection -> connection.end(Ending.RESET));
    }

    /**
     * Forgets each connection, as a NAT does: from now on nothing passes on it, and nobody is told of anything, not
     * even of the other side's end. New connections are as good as ever. Forgotten ones are not remembered again; they
     * are there until {@link #reset} or {@link #close}.
     */
    public void forget() {
        each(FaultedConnection::forget);
    }

    /**
     * Makes each connection half-open: one end is gone, as after a crash, and the other one is not told.
     *
     * @param gone the end that goes; whoever is there sees an RST
     */
    public void halfOpen(Side gone) {
        each(connection -> connection.halfOpen(gone));
    }

    /**
     * Refuses new connections, by an RST, or does not any more. Existing ones go on.
     *
     * @param on whether it refuses
     */
    public void refuse(boolean on) {
        refusing = on;
    }

    /**
     * All is well again for new connections: no fault is left, and nothing is refused. Existing ones that lost
     * something stay as they are.
     */
    public void clear() {
        refusing = false;
        both(Faults::clear);
    }

    /** Lets both ends of what was forgotten know it. */
    void resetForgotten() {
        each(FaultedConnection::endIfForgotten);
    }

    private void each(Consumer<FaultedConnection> what) {
        loop.next().submit(() -> open.forEach(what)).awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    }

    /** Resets all connections and frees the port. Waits for that. */
    @Override
    public void close() {
        if (!loop.isShuttingDown()) {
            server.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
            reset();
            LabLoop.end(loop);
        }
    }

    /** Where it listens, where it leads, and what it has done. */
    @Override
    public String toString() {
        return "fault proxy on port " + port() + " to " + target + " (to target: " + toTarget + ", from target: "
                + fromTarget + ')';
    }
}
