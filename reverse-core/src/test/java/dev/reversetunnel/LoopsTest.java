package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultEventLoopGroup;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoopsTest {
    private static void end(EventLoopGroup group) {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static long loopThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("reverse-loop"))
                .count();
    }

    @Test
    void share_one_group_which_ends_with_its_last_user() {
        Loops first = Loops.share();
        Loops second = Loops.share();
        then(second.group()).isSameAs(first.group());

        first.close();
        first.close(); // counts once
        then(second.group().isShuttingDown()).isFalse();

        second.close();
        then(second.group().isTerminated()).isTrue();
        await().until(() -> loopThreads() == 0);
    }

    @Test
    void start_anew_after_the_last_user() {
        Loops first = Loops.share();
        first.close();
        Loops next = Loops.share();
        then(next.group()).isNotSameAs(first.group());
        then(next.group().isShuttingDown()).isFalse();
        next.close();
    }

    @Test
    void are_daemons_with_a_name() throws Exception {
        try (Loops loops = Loops.share()) {
            Thread thread = loops.group().next().submit(Thread::currentThread).get();
            then(thread.isDaemon()).isTrue();
            then(thread.getName()).startsWith("reverse-loop");
        }
    }

    @Test
    void are_closed_from_one_of_them_without_waiting() throws Exception {
        Loops loops = Loops.share();
        CountDownLatch closed = new CountDownLatch(1);
        loops.group().next().execute(() -> {
            loops.close();
            closed.countDown();
        });
        then(closed.await(10, TimeUnit.SECONDS)).isTrue();
        await().until(() -> loops.group().isTerminated());
    }

    @Test
    void never_close_what_they_were_given() {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Loops.given(group).close();
        then(group.isShuttingDown()).isFalse();
        end(group);
    }

    @Test
    void find_the_channels_of_nio() {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        then(Loops.socketClass(group.next())).isEqualTo(NioSocketChannel.class);
        then(Loops.serverClass(group)).isEqualTo(NioServerSocketChannel.class);
        then(Loops.datagramClass(group.next())).isEqualTo(NioDatagramChannel.class);
        end(group);
    }

    @Test
    @SuppressWarnings("deprecation") // the group that most applications still use
    void find_the_channels_of_the_older_groups() {
        EventLoopGroup nio = new io.netty.channel.nio.NioEventLoopGroup(1);
        EventLoopGroup epoll = new io.netty.channel.epoll.EpollEventLoopGroup(1);
        then(Loops.datagramClass(nio.next())).isEqualTo(NioDatagramChannel.class);
        then(Loops.datagramClass(epoll.next())).isEqualTo(EpollDatagramChannel.class);
        then(Loops.socketClass(nio.next())).isEqualTo(NioSocketChannel.class);
        then(Loops.socketClass(epoll.next())).isEqualTo(EpollSocketChannel.class);
        end(nio);
        end(epoll);
    }

    @Test
    void find_the_channels_of_epoll() {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        then(Loops.socketClass(group.next())).isEqualTo(EpollSocketChannel.class);
        then(Loops.serverClass(group)).isEqualTo(EpollServerSocketChannel.class);
        then(Loops.datagramClass(group.next())).isEqualTo(EpollDatagramChannel.class);
        end(group);
    }

    /** What its TCP tells of a peer that does not read, while our window is full: it lives. */
    @Test
    void see_that_a_stalled_peer_lives_where_epoll_is() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Channel channel = connect(group, EpollSocketChannel.class, server);
            try (Socket stalled = server.accept()) {
                stalled.setSoTimeout(10_000);
                channel.writeAndFlush(channel.alloc().buffer(64 << 20).writeZero(64 << 20));
                await().until(() -> {
                    TcpSigns signs = Loops.tcpSigns(channel);
                    return signs != null
                            && signs.unacknowledged() == 0
                            && !channel.isWritable()
                            && signs.sinceAcknowledged().toMillis() >= 100;
                });
                then(Loops.tcpSigns(channel)).isNotNull().satisfies(signs -> {
                    then(signs.retransmits()).isZero();
                    then(signs.showsNoLife(Duration.ofMillis(100))).isFalse();
                });
            }
            channel.close().sync();
            then(Loops.tcpSigns(channel)).isNull();
        }
        end(group);
    }

    @Test
    void see_nothing_of_the_tcp_of_others() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Channel channel = connect(group, NioSocketChannel.class, server);
            then(Loops.tcpSigns(channel)).isNull();
            channel.close().sync();
        }
        then(Loops.tcpSigns(new EmbeddedChannel())).isNull();
        end(group);
    }

    private static Channel connect(EventLoopGroup group, Class<? extends Channel> kind, ServerSocket server)
            throws InterruptedException {
        return new Bootstrap()
                .group(group)
                .channel(kind)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(server.getLocalSocketAddress())
                .sync()
                .channel();
    }

    @Test
    @SuppressWarnings("deprecation") // the other Netty has no other
    void refuse_loops_that_do_no_network() {
        EventLoopGroup group = new DefaultEventLoopGroup(1);
        thenThrownBy(() -> Loops.given(group))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("event loops: io.netty.channel.DefaultEventLoop (expected: loops for NIO or for epoll)");
        thenThrownBy(() -> ReverseTunnel.node().eventLoops(group)).isInstanceOf(IllegalArgumentException.class);
        end(group);
    }

    @Test
    void tell_their_own_threads_from_others() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        EventLoopGroup other = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        then(Loops.isOnLoop(group)).isFalse();
        then(group.next().submit(() -> Loops.isOnLoop(group)).get()).isTrue();
        then(group.next().submit(() -> Loops.isOnLoop(other)).get()).isFalse();
        end(group);
        end(other);
    }
}
