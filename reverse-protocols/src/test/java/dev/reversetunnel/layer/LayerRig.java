package dev.reversetunnel.layer;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.Transport;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A node for transports: listeners whose connections a test takes, and dials. All names lead to loopback. */
public final class LayerRig implements InboundContext, Dialer, AutoCloseable {
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final BlockingQueue<Taken> taken = new LinkedBlockingQueue<>();
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private Duration timeout = Duration.ofSeconds(20);

    /** A connection, and what is given to the protocol on it. */
    public record Taken(Channel channel, Seen seen) {
        public void write(String text) {
            channel.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
        }

        public void reads() {
            onLoop(() -> channel.config().setAutoRead(true));
        }

        public void onLoop(Runnable task) {
            channel.eventLoop().submit(task).syncUninterruptibly();
        }
    }

    /** Handlers that do nothing; {@code @Sharable}, as a dial needs it. */
    @ChannelHandler.Sharable
    private static final class Nothing extends ChannelInboundHandlerAdapter {}

    /** Listens on loopback; connections are {@link #accepted()} once the protocol may see them. */
    public int listen(Transport transport) throws Exception {
        Channel listener = transport
                .listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                Seen seen = new Seen();
                                channel.pipeline().addLast(seen);
                                taken.add(new Taken(channel, seen));
                            }
                        },
                        this)
                .sync()
                .getNow();
        open.add(listener);
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    public Taken accepted() throws InterruptedException {
        Taken next = taken.poll(20, SECONDS);
        if (next == null) {
            throw new AssertionError("nobody came");
        }
        return next;
    }

    public boolean nobodyCame() {
        return taken.isEmpty();
    }

    public Taken dial(Transport transport, String host, int port) throws Exception {
        Seen seen = new Seen();
        Channel channel = transport
                .dial(
                        Destination.tcp(host, port),
                        new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel connected) {
                                connected.pipeline().addLast(seen);
                            }
                        },
                        this)
                .sync()
                .getNow();
        open.add(channel);
        then(seen.now()).isEqualTo("active");
        return new Taken(channel, seen);
    }

    /** Why a dial fails. */
    public TunnelException failure(Transport transport, String host, int port) throws InterruptedException {
        Future<Channel> dialled = transport.dial(Destination.tcp(host, port), new Nothing(), this);
        dialled.await(30_000);
        if (dialled.cause() instanceof TunnelException expected) {
            return expected;
        }
        throw new AssertionError("no TunnelException: " + dialled, dialled.cause());
    }

    public LayerRig timeout(Duration time) {
        timeout = time;
        return this;
    }

    /** As a node does: first the connections, then the threads. */
    @Override
    public void close() {
        open.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 10, SECONDS).syncUninterruptibly();
    }

    @Override
    public void handle(Request request, Channel channel) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String tag() {
        return "layer-in";
    }

    @Override
    public void accepted(Channel channel) {
        open.add(channel);
    }

    @Override
    public EventLoopGroup loops() {
        return loops;
    }

    @Override
    public EventLoop loop() {
        return loops.next();
    }

    @Override
    public Future<List<InetAddress>> resolve(String host) {
        return loop().newSucceededFuture(List.of(InetAddress.getLoopbackAddress()));
    }

    @Override
    public Duration timeout() {
        return timeout;
    }

    @Override
    public Clock clock() {
        return Clock.systemUTC();
    }
}
