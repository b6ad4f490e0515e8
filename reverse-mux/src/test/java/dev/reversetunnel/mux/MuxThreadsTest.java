package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sessions on real event loops, whose other half of a relay lives on another one. */
@ExtendWith(BufferLeakExtension.class)
class MuxThreadsTest {
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());
    private final CompletableFuture<MuxSession> accepted = new CompletableFuture<>();
    private final Semaphore bytes = new Semaphore(0);
    private final CompletableFuture<MuxSession> opened = new CompletableFuture<>();

    @BeforeEach
    void connect() throws Exception {
        Channel server = new ServerBootstrap()
                .group(loops)
                .channel(LocalServerChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        MuxConnection.install(channel, MuxRole.SERVER, MuxOptions.DEFAULT, new Acceptor());
                        channel.config().setAutoRead(true);
                    }
                })
                .bind(LocalAddress.ANY)
                .sync()
                .channel();
        Channel carrier = new Bootstrap()
                .group(loops)
                .channel(LocalChannel.class)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(server.localAddress())
                .sync()
                .channel();
        carrier.eventLoop()
                .execute(() -> opened.complete(
                        MuxConnection.install(carrier, MuxRole.CLIENT, MuxOptions.DEFAULT, new MuxListener() {})
                                .open(Destination.tcp("web", 80))));
    }

    @AfterEach
    void close() throws Exception {
        opened.get(10, TimeUnit.SECONDS).connection().carrier().close().sync();
        accepted.get(10, TimeUnit.SECONDS).connection().carrier().closeFuture().sync();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    private final class Acceptor implements MuxListener {
        @Override
        public boolean acceptSession(MuxSession session) {
            session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    bytes.release(((io.netty.buffer.ByteBuf) message).readableBytes());
                    ReferenceCountUtil.release(message);
                }
            });
            return true;
        }

        @Override
        public void sessionOpened(MuxSession session) {
            accepted.complete(session);
        }
    }

    /** What a thread does that was stopped between its two steps: the option was off, and is on again by now. */
    @Test
    void a_switching_off_that_comes_late_does_not_stop_a_reader_that_was_switched_on_again() throws Exception {
        MuxSession writer = opened.get(10, TimeUnit.SECONDS);
        MuxSession reader = accepted.get(10, TimeUnit.SECONDS);
        reader.config().setAutoRead(true);
        writer.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
        then(bytes.tryAcquire(10, TimeUnit.SECONDS)).isTrue();

        ((MuxSessionConfig) reader.config()).autoReadCleared();
        writer.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
        then(bytes.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_reader_switched_off_by_another_thread_stops() throws Exception {
        MuxSession writer = opened.get(10, TimeUnit.SECONDS);
        MuxSession reader = accepted.get(10, TimeUnit.SECONDS);
        reader.config().setAutoRead(true);
        reader.config().setAutoRead(false);
        reader.eventLoop().submit(() -> {}).sync();
        writer.writeAndFlush(Unpooled.wrappedBuffer(new byte[7])).sync();
        MuxConnection mux = reader.connection();
        await(() -> mux.bytesReceived() == 7);
        then(bytes.availablePermits()).isZero();

        reader.config().setAutoRead(true);
        then(bytes.tryAcquire(7, 10, TimeUnit.SECONDS)).isTrue();
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            then(System.nanoTime() - deadline).isNegative();
            LockSupport.parkNanos(1_000_000);
        }
    }
}
