package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.DOMAIN;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Each limit of a node: who exceeds it is bounded, it is counted and told, and others go on. */
class LimitsTest {
    private final Heard heard = new Heard();

    /** Reaches nothing, and says so when it is told to. */
    private static final class Pending implements Outbound {
        final Queue<Promise<Channel>> dials = new ConcurrentLinkedQueue<>();

        @Override
        public Future<Channel> connect(Request request, Dialer dialer) {
            Promise<Channel> dial = dialer.loop().newPromise();
            dials.add(dial);
            return dial;
        }
    }

    private ReverseTunnel bridge(Portal portal, Outbound exit, int most, int waiting, Duration time) throws Exception {
        ReverseTunnel node = ReverseTunnel.node()
                .bridge("shop", DOMAIN)
                .outbound("dial", Plain.client(Transport.tcp(), portal.port("tunnels")))
                .outbound("exit", exit)
                .route(Rule.inbound("shop").domain("full:" + DOMAIN).to("dial"))
                .route(Rule.inbound("shop").to("exit"))
                .maxDials(most, waiting)
                .dialTimeout(time)
                .listener(heard)
                .start();
        node.ready("shop").get(10, java.util.concurrent.TimeUnit.SECONDS);
        return node;
    }

    @Test
    void a_bridge_dials_for_so_many_at_once_and_some_wait_and_more_are_refused() throws Exception {
        Pending exit = new Pending();
        List<Socket> visitors = new ArrayList<>();
        try (Portal portal = Tunnels.portal();
                ReverseTunnel bridge = bridge(portal, exit, 2, 3, Duration.ofSeconds(60))) {
            for (int i = 0; i < 10; i++) {
                Socket visitor = Tunnels.visit(portal);
                visitor.getOutputStream().write(1);
                visitors.add(visitor);
            }
            await().until(() -> bridge.snapshot().reached(Limit.DIALS) == 5);
            then(exit.dials).hasSize(2);
            heard.limits.thenTold(Limit.DIALS, bridge.snapshot(), 5);
            then(bridge.snapshot().refused()).isEqualTo(5);

            // WHEN those fail, each gives its place to one who waits, who may come while the others fail
            await().until(() -> {
                exit.dials.forEach(dial -> dial.tryFailure(new TunnelException("gone")));
                return bridge.snapshot().failed() == 5;
            });
            then(exit.dials).hasSize(5);
            then(bridge.snapshot().tunnels().get(0).state()).isEqualTo(TunnelState.ACTIVE);
        } finally {
            close(visitors);
        }
    }

    @Test
    void who_waits_for_a_dial_for_longer_than_it_may_take_is_refused() throws Exception {
        Pending exit = new Pending();
        List<Socket> visitors = new ArrayList<>();
        try (Portal portal = Tunnels.portal();
                ReverseTunnel bridge = bridge(portal, exit, 1, 5, Duration.ofMillis(200))) {
            for (int i = 0; i < 3; i++) {
                Socket visitor = Tunnels.visit(portal);
                visitor.getOutputStream().write(1);
                visitors.add(visitor);
            }
            await().until(() -> bridge.snapshot().reached(Limit.DIALS) == 2);
            then(heard.of("refused")).allMatch(event -> event.contains("has waited 200 ms"));
            then(exit.dials).hasSize(1);
        } finally {
            close(visitors);
        }
    }

    @Test
    void a_visitor_more_than_may_wait_for_a_bridge_is_refused() throws Exception {
        List<Socket> visitors = new ArrayList<>();
        try (Portal portal = Tunnels.portal(0)
                .waitForBridge(Duration.ofSeconds(60))
                .maxWaitingForBridge(2)
                .listener(heard)
                .start()) {
            for (int i = 0; i < 5; i++) {
                visitors.add(Tunnels.visit(portal));
            }
            await().until(() -> portal.snapshot().reached(Limit.WAITING_FOR_BRIDGE) == 3);
            heard.limits.thenTold(Limit.WAITING_FOR_BRIDGE, portal.snapshot(), 3);
            then(portal.snapshot().waitingForBridge()).isEqualTo(2);
        } finally {
            close(visitors);
        }
    }

    @Test
    void a_session_more_than_a_tunnel_may_have_is_refused_and_the_tunnel_goes_on() throws Exception {
        try (HostilePortal hostile = new HostilePortal();
                Origin origin = Origin.echo();
                Bridge bridge = Tunnels.bridge(hostile.port())
                        .forward("127.0.0.1", origin.port())
                        .mux(MuxOptions.DEFAULT.maxSessions(2))
                        .listener(heard)
                        .start()) {
            // one is the control session's
            Destination target = Destination.tcp("web", 80);
            then(hostile.ask(target)).isEqualTo("01");
            then(hostile.ask(target)).isEqualTo("reset");
            heard.limits.thenTold(Limit.SESSIONS_PER_TUNNEL, bridge.snapshot(), 1);
            then(hostile.tunnel().carrier().isActive()).isTrue();
        }
    }

    @Test
    void what_a_user_may_not_have_more_of_is_counted() throws Exception {
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain(DOMAIN)
                        .listen(Plain.server(Map.of(
                                "one", Grant.register(DOMAIN).maxTunnels(1), "two", Grant.CONNECT.maxSessions(1))))
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .listener(heard)
                        .start();
                Bridge first = Tunnels.ready(ReverseTunnel.bridge("shop")
                        .domain(DOMAIN)
                        .connect(Plain.client(portal.port("tunnels"), "one"))
                        .forward("127.0.0.1", 1));
                Bridge second = ReverseTunnel.bridge("shop")
                        .domain(DOMAIN)
                        .connect(Plain.client(portal.port("tunnels"), "one"))
                        .forward("127.0.0.1", 1)
                        .start()) {
            then(first.snapshot().tunnels()).hasSize(1);
            heard.limits.thenTold(Limit.TUNNELS_PER_USER, portal::snapshot, "user \"one\"");
            then(second.snapshot().tunnels()).noneMatch(tunnel -> tunnel.state() == TunnelState.ACTIVE);
        }
    }

    @Test
    void the_source_of_datagrams_that_was_idle_for_longest_makes_room() throws Exception {
        List<DatagramSocket> sources = new CopyOnWriteArrayList<>();
        try (Portal portal = ReverseTunnel.portal("edge")
                .domain(DOMAIN)
                .listen(Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                .listen(Inbound.port(0).address("127.0.0.1").udp().maxAssociations(2))
                .listener(heard)
                .start()) {
            for (int i = 0; i < 5; i++) {
                DatagramSocket source = new DatagramSocket();
                sources.add(source);
                source.send(new DatagramPacket(
                        new byte[1], 1, new InetSocketAddress(Tunnels.loopback(), portal.port("visitors"))));
            }
            await().until(() -> portal.snapshot().reached(Limit.ASSOCIATIONS) == 3);
            heard.limits.thenTold(Limit.ASSOCIATIONS, portal.snapshot(), 3);
            then(portal.snapshot().datagramAssociations()).isEqualTo(2);
        } finally {
            sources.forEach(DatagramSocket::close);
        }
    }

    @Test
    void nobody_new_is_let_in_while_memory_is_full() throws Exception {
        List<Socket> visitors = new ArrayList<>();
        try (Origin origin = new Origin(socket -> {
                    while (true) {
                        socket.getOutputStream().write(new byte[64 * 1024]);
                    }
                });
                Portal portal = Tunnels.portal(0)
                        .memory(1_000_000)
                        .mux(MuxOptions.DEFAULT.grace(Duration.ofSeconds(2)))
                        .listener(heard)
                        .start();
                Bridge bridge = Tunnels.bridge(portal, origin.port())) {
            then(bridge.snapshot().memoryUsed()).isZero();
            for (int i = 0; i < 30; i++) {
                Socket visitor = Tunnels.visit(portal); // reads nothing
                visitor.getOutputStream().write(1);
                visitors.add(visitor);
            }
            await().until(() -> heard.of("memory").contains("memory full"));
            await().until(() -> {
                if (heard.of("refused").isEmpty()) {
                    visitors.add(Tunnels.visit(portal));
                }
                return !heard.of("refused").isEmpty() || heard.of("memory").size() > 1;
            });
            heard.limits.thenTold(Limit.MEMORY, portal::snapshot, "of 1000000 bytes");
            then(portal.snapshot().memoryLimit()).isEqualTo(1_000_000);
            // those who read nothing are reset after the grace, and it is over
            await().until(() -> heard.of("memory").contains("memory free"));
            close(visitors);
            await().until(() -> portal.snapshot().memoryUsed() == 0);
            try (Socket visitor = Tunnels.visit(portal)) {
                visitor.getOutputStream().write(1);
                then(visitor.getInputStream().readNBytes(100_000)).hasSize(100_000);
            }
        } finally {
            close(visitors);
        }
    }

    @Test
    void limits_that_are_none_are_refused_at_once() {
        ReverseTunnel.Builder node = ReverseTunnel.node();
        thenThrownBy(() -> node.memory(0)).hasMessage("memory: 0 (expected: 1 byte or more)");
        thenThrownBy(() -> node.maxDials(0, 1)).hasMessageStartingWith("maxDials: 0, 1 (expected:");
        thenThrownBy(() -> node.maxWaitingForBridge(0)).hasMessage("maxWaitingForBridge: 0 (expected: 1 or more)");
    }

    private static void close(List<Socket> sockets) throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
