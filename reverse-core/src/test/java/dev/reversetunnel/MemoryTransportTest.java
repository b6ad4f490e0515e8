package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node expects of a transport, of the one without ports; its two ends live on two loops. */
@ExtendWith(BufferLeakExtension.class)
class MemoryTransportTest {
    private static final int MANY = 64 << 20;

    private final Transport transport = Transport.memory();
    private final EventLoopGroup here = loops(NioIoHandler.newFactory());
    private final EventLoopGroup there =
            loops(Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    private final Queue<Channel> told = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<End> accepted = new CompletableFuture<>();
    private final Channel server = listen(0);

    private static EventLoopGroup loops(IoHandlerFactory factory) {
        return new MultiThreadIoEventLoopGroup(1, factory);
    }

    @AfterEach
    void close() {
        told.forEach(channel -> channel.close().syncUninterruptibly());
        server.close().syncUninterruptibly();
        here.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        there.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private Channel listen(int port) {
        return transport
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), new Door(), new Context())
                .syncUninterruptibly()
                .getNow();
    }

    private static int port(Channel channel) {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    private End dial() {
        return dial(here.next());
    }

    private End dial(EventLoop loop) {
        End end = new End();
        Channel channel = transport
                .dial(Destination.tcp("nowhere.invalid", port(server)), end, new OneLoop(loop))
                .syncUninterruptibly()
                .getNow();
        told.add(channel);
        return end;
    }

    private End peer() throws Exception {
        return accepted.get(10, TimeUnit.SECONDS);
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    @Test
    void both_ends_are_on_loopback_and_not_reading_and_the_node_is_told() throws Exception {
        End dialled = dial();
        End answered = peer();

        then(dialled.channel().remoteAddress()).isEqualTo(server.localAddress());
        then(answered.channel().localAddress()).isEqualTo(server.localAddress());
        then(answered.channel().remoteAddress()).isEqualTo(dialled.channel().localAddress());
        then(((InetSocketAddress) dialled.channel().localAddress()).getAddress().isLoopbackAddress())
                .isTrue();
        then(dialled.channel().config().isAutoRead()).isFalse();
        then(answered.channel().config().isAutoRead()).isFalse();
        then(told).contains(answered.channel());
        then(dialled.events).containsExactly("active");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bytes_go_both_ways_on_one_loop_or_two(boolean oneLoop) throws Exception {
        End dialled = dial(oneLoop ? there.next() : here.next());
        dialled.channel().writeAndFlush(bytes("question"));
        End answered = peer();
        answered.read();
        dialled.read();
        await().until(() -> answered.text().equals("question"));
        answered.channel().writeAndFlush(bytes("answer"));
        await().until(() -> dialled.text().equals("answer"));
    }

    @Test
    void nothing_is_read_before_somebody_asks() throws Exception {
        End dialled = dial();
        dialled.channel().writeAndFlush(bytes("early")).sync();
        dialled.channel().close().sync();
        End answered = peer();
        answered.channel().eventLoop().submit(() -> {}).sync();
        then(answered.text()).isEmpty();
        then(answered.events).containsExactly("active");

        answered.channel().read();
        await().until(() -> answered.text().equals("early"));
        answered.channel().read();
        await().until(() -> answered.events.contains("end"));
    }

    @Test
    void what_a_writer_changes_afterwards_does_not_change_what_was_sent() throws Exception {
        End dialled = dial();
        ByteBuf mine = Unpooled.copiedBuffer("before", StandardCharsets.US_ASCII);
        dialled.channel().writeAndFlush(mine.retainedDuplicate()).sync();
        mine.setZero(0, 6);
        End answered = peer();
        answered.read();
        await().until(() -> answered.text().equals("before"));
    }

    @Test
    void sixty_four_mebibytes_arrive_whole() throws Exception {
        End dialled = dial();
        End answered = peer();
        answered.keeps = false;
        answered.read();
        CRC32 sent = new CRC32();
        byte[] block = new byte[1 << 20];
        var random = new Random(7);
        for (int i = 0; i < MANY / block.length; i++) {
            random.nextBytes(block);
            sent.update(block);
            dialled.channel().write(Unpooled.copiedBuffer(block));
        }
        dialled.channel()
                .writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener(written -> dialled.channel().close());

        await().atMost(Duration.ofSeconds(30)).until(() -> answered.events.contains("end"));
        then(answered.count).hasValue(MANY);
        then(answered.checksum.getValue()).isEqualTo(sent.getValue());
    }

    @Test
    void a_reader_that_stops_stops_the_writer_at_a_bounded_distance() throws Exception {
        End dialled = dial();
        End answered = peer();
        int blocks = 0;
        while (dialled.channel().isWritable() && blocks < 10_000) {
            dialled.channel().writeAndFlush(Unpooled.wrappedBuffer(new byte[4_096]));
            dialled.channel().eventLoop().submit(() -> {}).sync();
            blocks++;
        }
        then(blocks * 4_096).isLessThan(MemoryPipe.CAPACITY + 256 * 1024);

        answered.keeps = false;
        answered.read();
        await().until(() -> dialled.channel().isWritable());
        int all = blocks * 4_096;
        await().until(() -> answered.count.get() == all);
        then(dialled.events).containsExactly("active", "unwritable", "writable");
    }

    @Test
    void half_a_connection_can_end_and_the_other_half_goes_on() throws Exception {
        End dialled = dial();
        dialled.read();
        dialled.channel().writeAndFlush(bytes("request")).sync();
        ((DuplexChannel) dialled.channel()).shutdownOutput().sync();
        End answered = peer();
        answered.read();
        await().until(() -> answered.events.contains("end"));
        then(answered.text()).isEqualTo("request");
        then(answered.events).containsExactly("active", "end", "no more");
        then(answered.channel().isActive()).isTrue();
        then(((DuplexChannel) answered.channel()).isInputShutdown()).isTrue();

        answered.channel().writeAndFlush(bytes("answer")).sync();
        answered.channel().close().sync();
        await().until(() -> dialled.events.contains("end"));
        then(dialled.text()).isEqualTo("answer");
    }

    @Test
    void without_half_closure_the_end_closes() throws Exception {
        End dialled = dial();
        End answered = peer();
        answered.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
        answered.read();
        dialled.channel().close().sync();
        await().until(() -> answered.events.contains("inactive"));
        then(answered.events).containsExactly("active", "inactive");
    }

    @Test
    void a_reset_is_no_clean_end_and_is_seen_by_who_does_not_read() throws Exception {
        End dialled = dial();
        End answered = peer();
        ChannelEnds.reset(dialled.channel());

        await().until(() -> answered.events.contains("inactive"));
        then(answered.events).containsExactly("active", "Connection reset", "inactive");
    }

    @Test
    void what_was_sent_before_a_reset_arrives_before_it() throws Exception {
        End dialled = dial();
        End answered = peer();
        dialled.channel().writeAndFlush(bytes("last words"));
        ChannelEnds.resetAfterFlush(dialled.channel());
        answered.read();

        await().until(() -> answered.events.contains("inactive"));
        then(answered.text()).isEqualTo("last words");
        then(answered.events).containsExactly("active", "Connection reset", "inactive");
    }

    @Test
    void a_reset_behind_a_half_close_is_seen() throws Exception {
        End dialled = dial();
        End answered = peer();
        answered.read();
        ((DuplexChannel) dialled.channel()).shutdownOutput().sync();
        await().until(() -> answered.events.contains("end"));
        ChannelEnds.reset(dialled.channel());
        await().until(() -> answered.events.contains("inactive"));
    }

    @Test
    void writing_to_an_end_that_is_gone_fails() throws Exception {
        End dialled = dial();
        peer().channel().close().sync();
        Future<Void> write = dialled.channel().writeAndFlush(bytes("anybody?")).awaitUninterruptibly();

        then(write.cause()).hasMessage("Broken pipe");
        await().until(() -> dialled.events.contains("inactive"));
    }

    @Test
    void a_writer_that_waits_for_room_is_told_when_the_reader_goes() throws Exception {
        End dialled = dial();
        End answered = peer();
        Future<Void> write = dialled.channel().writeAndFlush(Unpooled.wrappedBuffer(new byte[1 << 20]));
        dialled.channel().eventLoop().submit(() -> {}).sync();
        then(write.isDone()).isFalse();
        answered.channel().close().sync();

        then(write.await(10, TimeUnit.SECONDS)).isTrue();
        then(write.cause()).hasMessage("Broken pipe");
    }

    @Test
    void a_port_is_taken_once_and_free_after_close() {
        int port = port(server);
        thenThrownBy(() -> listen(port))
                .isInstanceOf(TunnelException.class)
                .hasMessage("cannot listen on port " + port + " of localhost: Address already in use; choose another"
                        + " port (0 picks a free one)");

        server.close().syncUninterruptibly();
        listen(port).close().syncUninterruptibly();
    }

    @Test
    void where_nobody_listens_nobody_answers() {
        server.close().syncUninterruptibly();
        thenThrownBy(this::dial)
                .isInstanceOf(TunnelException.class)
                .hasMessage("cannot reach tcp:nowhere.invalid:" + port(server)
                        + ": Connection refused; is it running there, and does it use the same memory transport?");
    }

    @Test
    void networks_do_not_see_each_other() {
        var other = Transport.memory();
        then(other.dial(Destination.tcp("127.0.0.1", port(server)), new End(), new OneLoop(here.next()))
                        .awaitUninterruptibly()
                        .isSuccess())
                .isFalse();
    }

    /** Says where it is, and takes what comes. */
    private static final class End extends ChannelInboundHandlerAdapter {
        final Queue<String> events = new ConcurrentLinkedQueue<>();
        private final CompletableFuture<Channel> channel = new CompletableFuture<>();
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        final CRC32 checksum = new CRC32();
        volatile boolean keeps = true;
        final AtomicLong count = new AtomicLong();

        Channel channel() {
            return channel.join();
        }

        void read() {
            channel().config().setAutoRead(true);
        }

        String text() {
            synchronized (kept) {
                return kept.toString(StandardCharsets.US_ASCII);
            }
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            events.add("active");
            channel.complete(ctx.channel());
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            byte[] bytes = ByteBufUtil.getBytes((ByteBuf) message);
            ((ByteBuf) message).release();
            checksum.update(bytes);
            if (keeps) {
                synchronized (kept) {
                    kept.writeBytes(bytes);
                }
            }
            count.addAndGet(bytes.length);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                events.add("end");
            } else if (event == ChannelInputShutdownReadComplete.INSTANCE) {
                events.add("no more");
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            events.add(ctx.channel().isWritable() ? "writable" : "unwritable");
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            events.add(String.valueOf(cause.getMessage()));
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            events.add("inactive");
        }
    }

    /** Puts an {@link End} on each connection that comes in. */
    @ChannelHandler.Sharable
    private final class Door extends io.netty.channel.ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            End end = new End();
            channel.pipeline().addLast(end, new ChannelInboundHandlerAdapter() {
                @Override
                public void handlerAdded(ChannelHandlerContext ctx) {
                    ctx.channel().eventLoop().execute(() -> accepted.complete(end));
                }
            });
        }
    }

    private record OneLoop(EventLoop loop) implements Dialer {
        @Override
        public Future<List<InetAddress>> resolve(String host) {
            throw new AssertionError("asked for " + host);
        }

        @Override
        public Duration timeout() {
            return Duration.ofSeconds(10);
        }

        @Override
        public Clock clock() {
            return Clock.systemUTC();
        }
    }

    private final class Context implements InboundContext {
        @Override
        public String tag() {
            return "test";
        }

        @Override
        public EventLoopGroup loops() {
            return there;
        }

        @Override
        public void accepted(Channel channel) {
            told.add(channel);
        }

        @Override
        public Clock clock() {
            return Clock.systemUTC();
        }

        @Override
        public void handle(Request request, Channel channel) {
            throw new AssertionError("nothing was asked for");
        }
    }
}
