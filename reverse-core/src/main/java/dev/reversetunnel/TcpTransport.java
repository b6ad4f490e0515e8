package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * TCP, by epoll where it is there, else NIO. Immutable.
 *
 * <p>A name is resolved anew for each dial, and all its addresses are tried, IPv4 and IPv6 in turns: the next one when
 * one has failed, or after 250 ms without an answer, while those before it go on. The first that answers is taken (RFC
 * 8305).
 *
 * @see Transport#tcp()
 */
public final class TcpTransport implements Transport {
    static final TcpTransport TCP = new TcpTransport(TrustedProxies.NONE, DescriptorReserve.most());

    /** Room for many users who come at once: 500 in a burst must not be refused by the kernel. */
    private static final int BACKLOG = 4_096;

    /**
     * A port may stay in use for some milliseconds after its last socket was closed (Linux 6.18, with a selector): a
     * portal that is closed and started again must not fail for it.
     */
    private static final int BIND_ATTEMPTS = 5;

    private static final int BIND_AGAIN_MILLIS = 50;

    /** Bounds what queues above the kernel; more only makes others wait behind a bulk transfer. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 128 * 1024);

    // TCP_NODELAY is Netty's default for either: to ask for it is another call for each connection.

    /** Its old name, the only one that Netty 4.1 knows. */
    @SuppressWarnings("deprecation")
    private static final ChannelOption<RecvByteBufAllocator> READS = ChannelOption.RCVBUF_ALLOCATOR;

    private final TrustedProxies proxies;
    private final int descriptors;

    private TcpTransport(TrustedProxies proxies, int descriptors) {
        this.proxies = proxies;
        this.descriptors = descriptors;
    }

    /**
     * Believes proxies that stand in front and tell where those come from whose connections they hand on, by a header
     * of the PROXY protocol, version 1 or 2. Whatever lies above, TLS, WebSocket or a protocol itself, begins behind
     * the header, and sees its addresses. For the side that listens. Default: nobody is believed. What a header must
     * be, and what becomes of a connection without one, is told at {@link PortInbound#proxyProtocol}.
     *
     * <pre>{@code
     * Vmess.server(1024).user("shop", id).transport(Transport.tcp().proxyProtocol("10.0.0.0/8"))
     * }</pre>
     *
     * @param trusted IP networks such as {@code 10.0.0.0/8} or {@code fd00::/8}, or IP addresses: nobody's but your
     *     proxies'
     * @return a changed copy
     * @throws IllegalArgumentException if one of them is none, or there are none
     */
    public TcpTransport proxyProtocol(String... trusted) {
        return new TcpTransport(TrustedProxies.of(trusted), descriptors);
    }

    /** As if the process might have so many file descriptors. */
    TcpTransport descriptors(int most) {
        return new TcpTransport(proxies, most);
    }

    @Override
    public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
        EventLoop loop = dialer.loop();
        Promise<Channel> result = loop.newPromise();
        var impatience = loop.schedule(
                () -> result.tryFailure(new TunnelException(
                        "cannot reach " + remote + ": no connection after "
                                + dialer.timeout().toMillis()
                                + " ms; does a firewall drop it, and does the name server answer?",
                        new SocketTimeoutException("no connection in time"))),
                dialer.timeout().toMillis(),
                TimeUnit.MILLISECONDS);
        result.addListener(done -> impatience.cancel(false));
        dialer.resolve(remote.host()).addListener((Future<List<InetAddress>> found) -> {
            if (!found.isSuccess()) {
                result.tryFailure(unresolved(remote, found.cause()));
                return;
            }
            AddressRace race = new AddressRace(
                    remote,
                    socket(loop),
                    handler,
                    dialer,
                    found.getNow(),
                    result,
                    DescriptorReserve.forDials(descriptors));
            if (loop.inEventLoop()) {
                race.start();
            } else {
                loop.execute(race::start);
            }
        });
        return result;
    }

    private static TunnelException unresolved(Destination remote, Throwable cause) {
        if (cause instanceof TunnelException known) {
            return known;
        }
        return cause instanceof UnknownHostException
                ? new TunnelException(
                        "the name " + remote.host() + " does not resolve; is it spelled right, and is there a network?",
                        cause)
                : new TunnelException("looking up " + remote.host() + " failed: " + cause.getMessage(), cause);
    }

    private static Bootstrap socket(EventLoop loop) {
        return new Bootstrap()
                .group(loop)
                .channel(Loops.socketClass(loop))
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0) // there is one time-out for all addresses
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(READS, new Reads())
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
    }

    @Override
    public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
        EventLoopGroup loops = context.loops();
        Promise<Channel> result = loops.next().newPromise();
        ServerBootstrap server = new ServerBootstrap()
                .group(loops)
                .channel(Loops.serverClass(loops))
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .handler(
                        new ChannelInitializer<>() { // one for each attempt to bind
                            @Override
                            protected void initChannel(Channel listener) {
                                listener.pipeline().addLast(new DescriptorReserve(context, descriptors));
                            }
                        })
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(READS, new Reads())
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel accepted) {
                        context.accepted(accepted);
                        if (proxies.include(accepted.remoteAddress())) {
                            ProxyHeaderReader.install(accepted, new Introduced(handler, context));
                        } else {
                            accepted.pipeline().addLast(handler);
                        }
                    }
                });
        bind(server, local, BIND_ATTEMPTS, result);
        return result;
    }

    /** Those whom a proxy hands on: what lies above begins when their addresses are known. */
    private record Introduced(ChannelHandler handler, InboundContext context) implements ProxyHeaderReader.Visitors {
        @Override
        public void arrived(Channel visitor, @Nullable InetSocketAddress source, @Nullable InetSocketAddress local) {
            if (visitor.isActive()) {
                ChannelAddresses.name(visitor, source, local);
                visitor.pipeline().addLast(handler);
            } else {
                visitor.close();
            }
        }

        @Override
        public void refused(Channel proxy, String reason) {
            InetSocketAddress own = ChannelAddresses.local(proxy);
            Destination here = own == null ? Destination.tcp("127.0.0.1", 0) : Destination.of(Network.TCP, own);
            InetSocketAddress source = ChannelAddresses.source(proxy);
            context.refuse(new Request(here, context.tag(), "", Grant.CONNECT, source, own), proxy, reason);
        }
    }

    private static void bind(ServerBootstrap server, InetSocketAddress local, int attempts, Promise<Channel> result) {
        server.bind(local).addListener((ChannelFutureListener) done -> {
            if (done.isSuccess()) {
                done.channel().pipeline().addLast(new AcceptFailures(System::nanoTime));
                result.setSuccess(done.channel());
            } else if (attempts > 1 && isInUse(done.cause())) {
                server.config()
                        .group()
                        .schedule(
                                () -> bind(server, local, attempts - 1, result),
                                BIND_AGAIN_MILLIS,
                                TimeUnit.MILLISECONDS);
            } else {
                result.setFailure(notBound(local, done.cause()));
            }
        });
    }

    static boolean isInUse(Throwable cause) {
        // epoll reports a native error instead of a BindException, so the text has to decide as well.
        return cause instanceof BindException
                || String.valueOf(cause.getMessage()).contains("already in use");
    }

    private static TunnelException notBound(InetSocketAddress local, Throwable cause) {
        String what = "cannot listen on port " + local.getPort() + " of " + local.getHostString();
        String text = String.valueOf(cause.getMessage());
        return isInUse(cause)
                ? new TunnelException(
                        what + ": " + text + "; stop the other program, or choose another port (0 picks a free one)",
                        cause)
                : new TunnelException(what + ": " + text, cause);
    }

    /** Whether headers are read, and where it is printed below others. */
    @Override
    public String toString() {
        return proxies.networks().isEmpty() ? "TCP" : "TCP with PROXY protocol";
    }
}
