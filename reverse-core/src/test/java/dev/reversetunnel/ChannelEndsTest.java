package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenCode;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real sockets, of both kinds: what the other end sees is what counts. */
class ChannelEndsTest {
    enum Kind {
        NIO,
        EPOLL;

        EventLoopGroup loops() {
            return new MultiThreadIoEventLoopGroup(
                    1, this == NIO ? NioIoHandler.newFactory() : EpollIoHandler.newFactory());
        }
    }

    /** A connected pair: ours, and the other end's. */
    private static final class Pair implements AutoCloseable {
        final EventLoopGroup loops;
        final Channel ours;
        final Socket other;

        Pair(Kind kind) throws IOException {
            loops = kind.loops();
            try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                ours = new Bootstrap()
                        .group(loops)
                        .channel(Loops.socketClass(loops.next()))
                        .option(ChannelOption.AUTO_READ, false)
                        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                        .handler(new ChannelInboundHandlerAdapter() {
                            @Override
                            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                                // the tests look at the other end
                            }
                        })
                        .connect(server.getLocalSocketAddress())
                        .syncUninterruptibly()
                        .channel();
                other = server.accept();
                other.setSoTimeout(10_000);
            }
        }

        @Override
        public void close() throws IOException {
            other.close();
            ours.close().syncUninterruptibly();
            loops.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS)
                    .syncUninterruptibly();
        }
    }

    private static final byte[] MUCH = new byte[16 * 1024 * 1024];

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_reset_is_seen_as_one(Kind kind) throws Exception {
        try (Pair pair = new Pair(kind)) {
            ChannelEnds.reset(pair.ours);
            thenThrownBy(() -> pair.other.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void may_be_asked_for_again(Kind kind) throws Exception {
        try (Pair pair = new Pair(kind)) {
            pair.ours.close().sync();
            thenCode(() -> ChannelEnds.reset(pair.ours)).doesNotThrowAnyException();
            thenCode(() -> ChannelEnds.resetAfterFlush(pair.ours)).doesNotThrowAnyException();
            thenCode(() -> ChannelEnds.closeAfterFlush(pair.ours)).doesNotThrowAnyException();
            thenCode(() -> ChannelEnds.shutdownOutput(pair.ours)).doesNotThrowAnyException();
            pair.ours.eventLoop().submit(() -> {}).sync();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_reset_behind_what_was_written_delivers_it(Kind kind) throws Exception {
        try (Pair pair = new Pair(kind)) {
            pair.ours.write(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}));
            ChannelEnds.resetAfterFlush(pair.ours);
            then(pair.ours.closeFuture().await(10_000)).isTrue();
            thenThrownBy(() -> pair.other.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_reset_waits_only_so_long_for_a_reader_that_stopped(Kind kind) throws Exception {
        try (Pair pair = new Pair(kind)) {
            pair.ours.write(Unpooled.wrappedBuffer(MUCH));
            ChannelEnds.resetAfterFlush(pair.ours);
            then(pair.ours.closeFuture().await(10_000)).isTrue();
            thenThrownBy(() -> pair.other.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_channel_that_waits_for_its_reset_is_reset_whoever_closes_it(Kind kind) throws Exception {
        try (Pair pair = new Pair(kind)) {
            pair.ours.write(Unpooled.wrappedBuffer(MUCH));
            ChannelEnds.resetAfterFlush(pair.ours);
            pair.ours.close().sync();
            thenThrownBy(() -> pair.other.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_channel_that_is_closed_before_its_last_bytes_are_out_is_reset(Kind kind) throws Exception {
        try (Pair pair = new Pair(kind)) {
            pair.ours.write(Unpooled.wrappedBuffer(MUCH));
            ChannelEnds.closeAfterFlush(pair.ours);
            pair.ours.close().sync();
            thenThrownBy(() -> pair.other.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_clean_end_comes_behind_all_that_was_written(Kind kind) throws Exception {
        try (Pair pair = new Pair(kind)) {
            pair.ours.write(Unpooled.wrappedBuffer(MUCH));
            ChannelEnds.closeAfterFlush(pair.ours);
            then(pair.other.getInputStream().readAllBytes()).hasSize(MUCH.length);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void the_output_ends_alone_and_behind_all_that_was_written(Kind kind) throws Exception {
        try (Pair pair = new Pair(kind)) {
            pair.ours.write(Unpooled.wrappedBuffer(MUCH));
            ChannelEnds.shutdownOutput(pair.ours);
            then(pair.other.getInputStream().readAllBytes()).hasSize(MUCH.length);
            then(pair.ours.isActive()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_protocol_ends_its_output_by_its_own_mark(Kind kind) throws Exception {
        class Mark extends ChannelOutboundHandlerAdapter implements OutputShutdown {
            private ChannelHandlerContext context;

            @Override
            public void handlerAdded(ChannelHandlerContext ctx) {
                context = ctx;
            }

            @Override
            public ChannelFuture shutdownOutput() {
                return context.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {7}));
            }
        }
        try (Pair pair = new Pair(kind)) {
            pair.ours.pipeline().addLast(new Mark());
            ChannelEnds.shutdownOutput(pair.ours);
            then(pair.other.getInputStream().read()).isEqualTo(7);
            then(pair.ours.isActive()).isTrue();
        }
    }

    @org.junit.jupiter.api.Test
    void a_channel_without_half_close_is_closed() {
        var channel = new io.netty.channel.embedded.EmbeddedChannel();
        channel.write(Unpooled.EMPTY_BUFFER);
        ChannelEnds.shutdownOutput(channel);
        channel.runPendingTasks();
        then(channel.isOpen()).isFalse();
        channel.outboundMessages().forEach(ReferenceCountUtil::release);
    }
}
