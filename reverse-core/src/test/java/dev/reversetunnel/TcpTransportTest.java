package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssumptions.given;

import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TcpTransportTest {
    private final Loops loops = Loops.share();
    private final EventLoop loop = loops.group().next();

    @AfterEach
    void end() {
        loops.close();
    }

    /** Finds what the test says. */
    private record Found(EventLoop loop, Future<List<InetAddress>> addresses, Duration timeout, List<Channel> opened)
            implements Dialer {
        @Override
        public void opening(Channel channel) {
            opened.add(channel);
        }

        @Override
        public Future<List<InetAddress>> resolve(String host) {
            return addresses;
        }

        @Override
        public Clock clock() {
            return Clock.systemUTC();
        }
    }

    private Found found(Duration timeout, String... addresses) throws UnknownHostException {
        Promise<List<InetAddress>> result = loop.newPromise();
        var list = new java.util.ArrayList<InetAddress>();
        for (String address : addresses) {
            list.add(InetAddress.getByName(address));
        }
        return new Found(loop, result.setSuccess(list), timeout, new CopyOnWriteArrayList<>());
    }

    @Test
    void tries_all_addresses_of_a_name() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.3"))) {
            Future<Channel> dialled = Outbound.to("shop.example", server.getLocalPort())
                    .connect(
                            new Request(Destination.tcp("any", 1), "x"),
                            found(Duration.ofSeconds(10), "127.0.0.1", "127.0.0.2", "127.0.0.3"));
            then(dialled.await(10_000)).isTrue();
            then(dialled.cause()).isNull();
            dialled.getNow().close().sync();
        }
    }

    @Test
    void leaves_the_last_file_descriptors_to_others() throws Exception {
        given(Epoll.isAvailable()).as("epoll: %s", Epoll.unavailabilityCause()).isTrue();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.3"))) {
            Found found = found(Duration.ofSeconds(10), "127.0.0.3");
            Destination shop = Destination.tcp("shop.example", server.getLocalPort());
            Future<Channel> dialled =
                    Transport.tcp().descriptors(8).dial(shop, new ChannelInboundHandlerAdapter(), found);
            then(dialled.await(10_000)).isTrue();
            then(dialled.cause())
                    .isInstanceOf(TunnelException.class)
                    .hasMessage(
                            "cannot reach " + shop
                                    + ": the last file descriptors of this process are for others (ulimit -n raises the limit)");
            then(found.opened().get(0).closeFuture().await(10_000)).isTrue();
        }
    }

    @Test
    void closes_those_that_have_not_answered_when_one_has() throws Exception {
        try (DeadAddress silent = new DeadAddress("127.0.0.2", 0);
                ServerSocket server = new ServerSocket(silent.port(), 1, InetAddress.getByName("127.0.0.3"))) {
            Found found = found(Duration.ofHours(1), "127.0.0.2", "127.0.0.3");
            Future<Channel> dialled = Outbound.to("shop.example", server.getLocalPort())
                    .connect(new Request(Destination.tcp("any", 1), "x"), found);
            then(dialled.await(10_000)).isTrue();
            then(found.opened()).hasSize(2);
            then(found.opened().get(0).closeFuture().await(10_000)).isTrue();
            then(found.opened().get(1)).isSameAs(dialled.getNow()).matches(Channel::isActive);
            dialled.getNow().close().sync();
        }
    }

    @Test
    void names_what_could_not_be_reached_and_says_what_to_do() throws Exception {
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
        }
        Future<Channel> dialled = Outbound.to("shop.example", port)
                .connect(
                        new Request(Destination.tcp("any", 1), "x"),
                        found(Duration.ofSeconds(10), "127.0.0.1", "127.0.0.2"));
        then(dialled.await(10_000)).isTrue();
        then(dialled.cause())
                .isInstanceOf(TunnelException.class)
                .hasMessageStartingWith("cannot reach tcp:shop.example:" + port)
                .hasMessageContaining("refused")
                .hasMessageContaining("the last of 2 addresses")
                .hasMessageContaining("is it running there");
    }

    @Test
    void waits_for_a_dead_name_server_no_longer_than_for_a_dial() throws Exception {
        Found never = new Found(loop, loop.newPromise(), Duration.ofMillis(50), List.of());
        Future<Channel> dialled =
                Outbound.to("shop.example", 80).connect(new Request(Destination.tcp("any", 1), "x"), never);
        then(dialled.await(10_000)).isTrue();
        then(dialled.cause())
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("shop.example")
                .hasMessageContaining("50 ms");
    }

    @Test
    void direct_waits_for_a_dead_name_server_no_longer_than_for_a_dial() throws Exception {
        Found never = new Found(loop, loop.newPromise(), Duration.ofMillis(50), List.of());
        Future<Channel> dialled =
                Outbound.direct().connect(new Request(Destination.tcp("shop.example", 80), "x"), never);
        then(dialled.await(10_000)).isTrue();
        then(dialled.cause()).isInstanceOf(TunnelException.class).hasMessageContaining("50 ms");
    }

    @Test
    void direct_tries_all_addresses_that_are_allowed() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.3"))) {
            Future<Channel> dialled = Outbound.direct()
                    .allowPrivate()
                    .connect(
                            new Request(Destination.tcp("shop.example", server.getLocalPort()), "x"),
                            found(Duration.ofSeconds(10), "127.0.0.2", "127.0.0.3"));
            then(dialled.await(10_000)).isTrue();
            then(dialled.cause()).isNull();
            dialled.getNow().close().sync();
        }
    }

    @Test
    void direct_refuses_a_name_that_leads_inside() throws Exception {
        Future<Channel> dialled = Outbound.direct()
                .connect(
                        new Request(Destination.tcp("rebind.example", 80), "x"),
                        found(Duration.ofSeconds(10), "127.0.0.1", "10.0.0.1", "::1"));
        then(dialled.await(10_000)).isTrue();
        then(dialled.cause()).isInstanceOf(RefusedException.class).hasMessageContaining("allowPrivate()");
    }
}
