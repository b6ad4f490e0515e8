package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.bridge;
import static dev.reversetunnel.Tunnels.portal;
import static dev.reversetunnel.Tunnels.visit;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenCode;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How nodes end, and what is left of them. */
class LifeTest {
    enum Group {
        NIO,
        EPOLL;

        EventLoopGroup start() {
            return new MultiThreadIoEventLoopGroup(
                    3, this == NIO ? NioIoHandler.newFactory() : EpollIoHandler.newFactory());
        }
    }

    private static void end(EventLoopGroup group) {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @AfterEach
    void no_thread_is_left() {
        await().until(() -> Tunnels.reverseThreads() == 0);
    }

    @Test
    void draining_waits_for_sessions_and_cuts_none() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port());
                Socket visitor = visit(portal)) {
            then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            CompletableFuture<Integer> drained =
                    CompletableFuture.supplyAsync(() -> portal.drain(Duration.ofSeconds(20)));
            await().until(() ->
                    bridge.snapshot().tunnels().stream().anyMatch(tunnel -> tunnel.state() == TunnelState.DRAINING));

            then(Tunnels.say(visitor, "still here")).isEqualTo("still here");
            then(drained).isNotDone();
            // nobody else comes in
            thenThrownBy(() -> visit(portal).close()).isInstanceOf(SocketException.class);

            visitor.setSoLinger(true, 0);
            visitor.close();
            then(drained.get(10, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void draining_a_bridge_waits_for_sessions_of_a_drained_tunnel_too() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port());
                Socket visitor = visit(portal)) {
            then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            portal.node().portals().forEach(MuxPortal::drain);
            await().until(() -> bridge.snapshot().tunnels().stream()
                    .anyMatch(tunnel -> tunnel.state() == TunnelState.DRAINING && tunnel.openSessions() == 1));

            then(bridge.drain(Duration.ofMillis(100))).isEqualTo(1);
        }
    }

    @Test
    void draining_cuts_what_does_not_end_and_says_how_much() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port())) {
            List<Socket> visitors = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                visitors.add(visit(portal));
                then(Tunnels.say(visitors.get(i), "hello")).isEqualTo("hello");
            }
            then(bridge.snapshot().tunnels()).hasSize(1);
            then(portal.drain(Duration.ofMillis(50))).isEqualTo(3);
            for (Socket visitor : visitors) {
                thenThrownBy(() -> visitor.getInputStream().read()).isInstanceOf(SocketException.class);
                visitor.close();
            }
        }
    }

    @Test
    void draining_or_starting_on_an_event_loop_is_refused() throws Exception {
        EventLoopGroup group = Group.NIO.start();
        try (Portal portal = portal(0).eventLoops(group).start()) {
            thenThrownBy(() -> group.next()
                            .submit(() -> portal.drain(Duration.ofSeconds(1)))
                            .sync())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("drain() waits and must not be called on an event loop");
            thenThrownBy(() -> group.next()
                            .submit(() -> portal(0).eventLoops(group).start())
                            .sync())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("startAsync()");
        }
        end(group);
    }

    @Test
    void closing_frees_the_port_and_may_be_done_by_many() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port())) {
            int tunnels = portal.port("tunnels");
            int visitors = portal.port("visitors");
            ExecutorService threads = Executors.newFixedThreadPool(8);
            List<CompletableFuture<Void>> closes = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                closes.add(CompletableFuture.runAsync(portal::close, threads));
                closes.add(CompletableFuture.runAsync(bridge::close, threads));
            }
            for (CompletableFuture<Void> close : closes) {
                close.get(20, TimeUnit.SECONDS);
            }
            threads.shutdown();
            await().ignoreExceptions()
                    .untilAsserted(
                            () -> { // the kernel may take some milliseconds
                                new ServerSocket(tunnels, 1, Tunnels.loopback()).close();
                                new ServerSocket(visitors, 1, Tunnels.loopback()).close();
                            });
            then(Tunnels.reverseThreads()).isZero();
            portal.close();
            then(portal.drain(Duration.ofSeconds(1))).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Group.class)
    void nodes_may_be_closed_on_their_own_event_loops(Group kind) throws Exception {
        EventLoopGroup group = kind.start();
        try (Origin origin = Origin.echo()) {
            Portal portal = portal(0).eventLoops(group).start();
            Bridge bridge = Tunnels.ready(
                    Tunnels.bridge(portal.port("tunnels")).eventLoops(group).forward("127.0.0.1", origin.port()));
            try (Socket visitor = visit(portal)) {
                then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
                then(group.next().submit(portal::close).await(10_000)).isTrue();
                then(group.next().submit(bridge::close).await(10_000)).isTrue();
                thenThrownBy(() -> visitor.getInputStream().read()).isInstanceOf(SocketException.class);
            }
            await().until(() -> bridge.snapshot().tunnels().isEmpty());
            then(group.isShuttingDown()).isFalse();
        }
        end(group);
    }

    @Test
    void shared_loops_end_when_the_last_node_is_closed_by_one_of_its_listeners() throws Exception {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        CompletableFuture<Bridge> itself = new CompletableFuture<>();
        Bridge bridge = Tunnels.bridge(Tunnels.freePort())
                .forward("127.0.0.1", 1)
                .listener(new TunnelListener() {
                    @Override
                    public void dialFailed(String tag, TunnelException cause, Duration next) {
                        itself.join().close();
                        closed.complete(null);
                    }
                })
                .start();
        itself.complete(bridge);
        closed.get(10, TimeUnit.SECONDS);
        await().until(() -> Tunnels.reverseThreads() == 0);
    }

    @Test
    void closing_during_a_dial_leaves_nothing() throws Exception {
        EventLoopGroup group = Group.NIO.start();
        try (Origin silent = new Origin(socket -> socket.getInputStream().readAllBytes())) {
            for (int i = 0; i < 50; i++) {
                Tunnels.bridge(silent.port())
                        .eventLoops(group)
                        .forward("127.0.0.1", 1)
                        .startAsync()
                        .get(10, TimeUnit.SECONDS)
                        .close();
            }
            await().until(() -> silent.sockets.isEmpty());
        }
        end(group);
    }

    @Test
    void an_application_may_end_its_loops_first() throws Exception {
        EventLoopGroup group = Group.NIO.start();
        try (Origin origin = Origin.echo()) {
            Portal portal = portal(0).eventLoops(group).start();
            Bridge bridge = Tunnels.ready(
                    Tunnels.bridge(portal.port("tunnels")).eventLoops(group).forward("127.0.0.1", origin.port()));
            end(group);
            thenCode(bridge::close).doesNotThrowAnyException();
            thenCode(portal::close).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @EnumSource(Group.class)
    void nodes_run_on_several_loops_of_the_application(Group kind) throws Exception {
        EventLoopGroup group = kind.start();
        try (Origin origin = Origin.echo();
                Portal portal = portal(0).eventLoops(group).start();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port("tunnels"))
                        .eventLoops(group)
                        .tunnels(2, 4)
                        .forward("127.0.0.1", origin.port()))) {
            byte[] data = new byte[1024 * 1024];
            new java.util.Random(3).nextBytes(data);
            List<CompletableFuture<byte[]>> echoes = new ArrayList<>();
            ExecutorService threads = Executors.newCachedThreadPool();
            for (int i = 0; i < 40; i++) {
                echoes.add(CompletableFuture.supplyAsync(() -> echo(portal, data, threads), threads));
            }
            for (CompletableFuture<byte[]> echo : echoes) {
                then(echo.get(30, TimeUnit.SECONDS)).isEqualTo(data);
            }
            threads.shutdown();
            then(bridge.snapshot().failed()).isZero();
            then(Tunnels.reverseThreads()).isZero();
        }
        end(group);
    }

    private static byte[] echo(Portal portal, byte[] data, ExecutorService threads) {
        try (Socket visitor = visit(portal)) {
            threads.execute(() -> {
                try {
                    visitor.getOutputStream().write(data);
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            return visitor.getInputStream().readNBytes(data.length);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void a_listener_that_throws_harms_nobody() throws Exception {
        TunnelListener broken = (TunnelListener) java.lang.reflect.Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {TunnelListener.class}, (proxy, method, args) -> {
                    throw new AssertionError("the application's mistake in " + method.getName());
                });
        Heard heard = new Heard();
        try (Origin origin = Origin.echo();
                Portal portal = portal(0).listener(broken).listener(heard).start();
                Bridge bridge = Tunnels.ready(
                        Tunnels.bridge(portal.port("tunnels")).listener(broken).forward("127.0.0.1", origin.port()));
                Socket visitor = visit(portal)) {
            then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            bridge.close();
            await().until(() -> !heard.of("down").isEmpty());
            then(portal.snapshot().tunnels()).isEmpty();
        }
    }

    @Test
    void unrelated_nodes_live_in_one_jvm() throws Exception {
        try (Origin one = new Origin(socket -> socket.getOutputStream().write('1'));
                Origin two = new Origin(socket -> socket.getOutputStream().write('2'));
                Portal first = portal();
                Portal second = portal();
                Bridge toFirst = bridge(first, one.port());
                Bridge toSecond = bridge(second, two.port())) {
            try (Socket visitor = visit(first)) {
                then(visitor.getInputStream().read()).isEqualTo('1');
            }
            first.close();
            toFirst.close();
            try (Socket visitor = visit(second)) {
                then(visitor.getInputStream().read()).isEqualTo('2');
            }
            then(toSecond.snapshot().tunnels()).hasSize(1);
        }
    }
}
