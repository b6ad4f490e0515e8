package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A network of its own inside the JVM. Ports are all there is: whatever host is dialled or listened on, it is the same
 * machine, and all addresses that channels show are on loopback.
 */
final class MemoryTransport implements Transport {
    private static final int FIRST_FREE_PORT = 49_152;
    private static final int FREE_PORTS = 65_536 - FIRST_FREE_PORT;

    /** As over TCP. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 128 * 1024);

    /** The one thing that several loops share. */
    private final ConcurrentMap<Integer, MemoryServerChannel> listening = new ConcurrentHashMap<>();

    private final AtomicInteger nextPort = new AtomicInteger();

    @Override
    public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
        EventLoop loop = dialer.loop();
        MemoryServerChannel server = listening.get(remote.port());
        if (server == null) {
            ConnectException refused = new ConnectException("Connection refused");
            return loop.newFailedFuture(new TunnelException(
                    "cannot reach " + remote + ": " + refused.getMessage()
                            + "; is it running there, and does it use the same memory transport?",
                    refused));
        }
        MemoryChannel dialling = MemoryChannel.connect(loopback(freePort()), loopback(remote.port()));
        prepare(dialling);
        dialling.pipeline().addLast(handler);
        server.accept(dialling.other());
        return register(dialling, loop, "cannot reach " + remote, () -> dialer.opening(dialling));
    }

    @Override
    public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
        EventLoopGroup loops = context.loops();
        EventLoop loop = loops.next();
        MemoryServerChannel server = bind(local.getPort(), accepted -> accept(accepted, handler, context));
        String what = "cannot listen on port " + local.getPort() + " of " + local.getHostString();
        if (server == null) {
            BindException taken = new BindException("Address already in use");
            return loop.newFailedFuture(new TunnelException(
                    what + ": " + taken.getMessage() + "; choose another port (0 picks a free one)", taken));
        }
        return register(server, loop, what, () -> {});
    }

    /** Takes the port, or a free one for 0; null if it is taken, or none is free. */
    private @Nullable MemoryServerChannel bind(int port, Consumer<MemoryChannel> accept) {
        for (int attempt = 0; attempt < FREE_PORTS; attempt++) {
            int candidate = port == 0 ? freePort() : port;
            MemoryServerChannel server =
                    new MemoryServerChannel(loopback(candidate), accept, closed -> listening.remove(candidate, closed));
            if (listening.putIfAbsent(candidate, server) == null) {
                return server;
            }
            if (port != 0) {
                return null;
            }
        }
        return null;
    }

    private static void accept(MemoryChannel accepted, ChannelHandler handler, InboundContext context) {
        prepare(accepted);
        accepted.pipeline().addLast(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                context.accepted(channel);
                channel.pipeline().addLast(handler);
            }
        });
        context.loops().register(accepted).addListener((ChannelFutureListener) registered -> {
            if (!registered.isSuccess()) {
                accepted.unsafe().closeForcibly();
            }
        });
    }

    static void prepare(MemoryChannel channel) {
        channel.config().setAllocator(PooledByteBufAllocator.DEFAULT); // as over TCP
        channel.config().setAutoRead(false);
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        channel.config().setWriteBufferWaterMark(WATER_MARK);
    }

    private static Future<Channel> register(Channel channel, EventLoop loop, String what, Runnable done) {
        Promise<Channel> result = loop.newPromise();
        loop.register(channel).addListener((ChannelFutureListener) registered -> {
            if (registered.isSuccess()) {
                done.run();
                result.setSuccess(channel);
            } else {
                channel.unsafe().closeForcibly();
                result.setFailure(
                        new TunnelException(what + ": " + registered.cause().getMessage(), registered.cause()));
            }
        });
        return result;
    }

    private int freePort() {
        return FIRST_FREE_PORT + Math.floorMod(nextPort.getAndIncrement(), FREE_PORTS);
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
