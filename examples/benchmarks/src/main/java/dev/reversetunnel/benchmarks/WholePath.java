package dev.reversetunnel.benchmarks;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Transport;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Visitor, portal, bridge and origin on the thread that makes it: a portal and a bridge as users build them, on an
 * event loop that runs when it is told to. What connects them is memory, so there is nothing of the kernel in it.
 */
final class WholePath implements AutoCloseable {
    private static final String DOMAIN = "reverse.benchmark.internal";

    private final ManualIoEventLoop loop = new ManualIoEventLoop(Thread.currentThread(), NioIoHandler.newFactory());
    private final Ends ends = new Ends(loop);
    private final Transport memory = Transport.memory();
    private final int originPort;
    private final int visitorsPort;
    private final @Nullable Portal portal;
    private final @Nullable Bridge bridge;
    private @Nullable Channel accepted;

    WholePath(Carrier carrier, boolean foreign) throws IOException {
        originPort = origin();
        Optional<Carrier.Pair> pair = carrier.pair(memory);
        if (pair.isEmpty()) {
            portal = null;
            bridge = null;
            visitorsPort = originPort;
            return;
        }
        portal = await(ReverseTunnel.portal("edge")
                .eventLoops(loop)
                .domain(DOMAIN)
                .listen(pair.get().server())
                .listen(Inbound.port(0).transport(memory))
                .startAsync());
        Outbound client = pair.get().client().apply(portal.port("tunnels"));
        bridge = await(ReverseTunnel.bridge("shop")
                .eventLoops(loop)
                .domain(DOMAIN)
                .connect(foreign ? new ForeignPeer(client) : client)
                .tunnels(1, 1)
                .spareTunnels(0)
                .reach(new Origin(memory, originPort))
                .startAsync());
        await(bridge.ready());
        visitorsPort = portal.port("visitors");
    }

    private int origin() throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Channel server = await(memory.listen(address, new Accepting(), ends));
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** A visitor comes, and gets through to the origin with what he says first. */
    Way open(ByteBuf first) {
        accepted = null;
        Channel visitor = await(memory.dial(Destination.tcp("portal", visitorsPort), new Counting(), ends));
        visitor.config().setAutoRead(true);
        visitor.writeAndFlush(first, visitor.voidPromise());
        runUntil(() -> accepted != null);
        return new Way(visitor, accepted());
    }

    private Channel accepted() {
        if (accepted == null) {
            throw new IllegalStateException("nobody has come to the origin");
        }
        return accepted;
    }

    void runUntil(BooleanSupplier done) {
        while (!done.getAsBoolean()) {
            loop.runNow();
        }
    }

    private <T> T await(Future<T> future) {
        runUntil(future::isDone);
        if (!future.isSuccess()) {
            throw new IllegalStateException("the path: not there", future.cause());
        }
        return future.getNow();
    }

    private <T> T await(CompletableFuture<T> future) {
        runUntil(future::isDone);
        return future.join();
    }

    @Override
    public void close() {
        if (bridge != null) {
            bridge.close();
        }
        if (portal != null) {
            portal.close();
        }
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        runUntil(loop::isTerminated);
    }

    /** A connection from end to end. */
    final class Way {
        private final Channel visitor;
        private final Channel origin;
        private final Counting toVisitor;
        private final Counting toOrigin;

        private Way(Channel visitor, Channel origin) {
            this.visitor = visitor;
            this.origin = origin;
            this.toVisitor = visitor.pipeline().get(Counting.class);
            this.toOrigin = origin.pipeline().get(Counting.class);
        }

        /** So many bytes, times so many, arrive at the visitor. */
        long download(ByteBuf bytes, int times) {
            return carry(origin, toVisitor, bytes, times);
        }

        /** So many bytes, times so many, arrive at the origin. */
        long upload(ByteBuf bytes, int times) {
            return carry(visitor, toOrigin, bytes, times);
        }

        private long carry(Channel from, Counting to, ByteBuf bytes, int times) {
            long expected = to.bytes + (long) times * bytes.readableBytes();
            for (int i = 0; i < times; i++) {
                from.write(bytes.retainedDuplicate(), from.voidPromise());
            }
            from.flush();
            while (to.bytes < expected) {
                loop.runNow();
            }
            return expected;
        }

        /** The origin has got so many bytes. */
        void awaitRequest(long bytes) {
            while (toOrigin.bytes < bytes) {
                loop.runNow();
            }
        }

        /** The visitor leaves, and nothing is left of him. */
        void close() {
            visitor.close();
            while (origin.isOpen() || visitor.isOpen()) {
                loop.runNow();
            }
        }
    }

    private static final class Counting extends ChannelInboundHandlerAdapter {
        private long bytes;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf read = (ByteBuf) message;
            bytes += read.readableBytes();
            read.release();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close(); // the other end was reset
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            ctx.close(); // the other end has ended
        }
    }

    @ChannelHandler.Sharable // waits at a port, not in a pipeline
    private final class Accepting extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            Channel channel = ctx.channel();
            channel.pipeline().addLast(new Counting());
            channel.config().setAutoRead(true);
            accepted = channel;
        }
    }

    private record Origin(Transport memory, int port) implements Outbound {
        @Override
        public Future<Channel> connect(Request request, Dialer dialer) {
            return memory.dial(Destination.tcp("origin", port), new Nothing(), dialer);
        }
    }

    private static final class Nothing extends ChannelHandlerAdapter {}
}
