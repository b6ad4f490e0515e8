package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.DOMAIN;
import static dev.reversetunnel.Tunnels.portal;
import static dev.reversetunnel.Tunnels.visit;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who starts first, what is missing, and what people are told. */
class StartTest {
    private static final Duration SHORT = Duration.ofMillis(300);

    @Test
    void a_visitor_is_held_until_a_bridge_comes() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = portal();
                Socket visitor = visit(portal);
                Socket ended = visit(portal)) {
            visitor.getOutputStream().write("early\n".getBytes());
            ended.getOutputStream().write("early, too\n".getBytes());
            ended.shutdownOutput();
            await().until(() -> portal.snapshot().waitingForBridge() == 2);

            try (Bridge bridge = Tunnels.bridge(portal, origin.port())) {
                then(Tunnels.line(visitor.getInputStream())).isEqualTo("early");
                then(Tunnels.line(ended.getInputStream())).isEqualTo("early, too");
                then(portal.snapshot().waitingForBridge()).isZero();
                then(bridge.snapshot().tunnels()).hasSize(1);
            }
        }
    }

    @Test
    void a_bridge_may_come_before_its_portal() throws Exception {
        int port = Tunnels.freePort();
        Heard heard = new Heard();
        try (Origin origin = Origin.echo();
                Bridge bridge = Tunnels.bridge(port)
                        .forward("127.0.0.1", origin.port())
                        .listener(heard)
                        .start()) {
            await().until(() -> !heard.of("dial failed").isEmpty());
            try (Portal portal = portal(port).start()) {
                bridge.awaitReady(Duration.ofSeconds(10));
                try (Socket visitor = visit(portal)) {
                    then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
                }
            }
        }
    }

    @Test
    void without_a_bridge_a_visitor_is_reset_with_a_diagnosis() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = portal(0).waitForBridge(SHORT).listener(heard).start();
                Socket visitor = visit(portal)) {
            thenThrownBy(() -> visitor.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
            then(heard.of("failed"))
                    .singleElement()
                    .asString()
                    .contains("no bridge is connected to portal \"edge\"", DOMAIN);
            then(portal.snapshot().failed()).isEqualTo(1);
            then(portal.snapshot().waitingForBridge()).isZero();
        }
    }

    @Test
    void a_visitor_who_has_gone_waits_no_more() throws Exception {
        try (Portal portal = portal(0).waitForBridge(Duration.ofHours(1)).start()) {
            Socket visitor = visit(portal);
            visitor.getOutputStream().write(1);
            await().until(() -> portal.snapshot().waitingForBridge() == 1);
            visitor.setSoLinger(true, 0);
            visitor.close();
            Socket another = visit(portal);
            await().until(() -> portal.snapshot().waitingForBridge() >= 1);
            another.close();
        }
    }

    @Test
    void no_more_visitors_wait_than_there_is_room() throws Exception {
        Heard heard = new Heard();
        try (Portal portal =
                portal(0).waitForBridge(Duration.ofHours(1)).listener(heard).start()) {
            var visitors = new java.util.ArrayList<Socket>();
            for (int i = 0; i < NodeLimits.DEFAULT.waitingVisitors() + 10; i++) {
                try {
                    visitors.add(visit(portal));
                } catch (SocketException e) {
                    // one too many, and sent away before he knew that he was in
                    then(visitors).hasSizeGreaterThanOrEqualTo(NodeLimits.DEFAULT.waitingVisitors());
                }
            }
            await().untilAsserted(() -> then(heard.of("failed")).hasSize(10));
            then(heard.of("failed").get(0)).contains("1024 visitors wait already");
            then(portal.snapshot().waitingForBridge()).isEqualTo(NodeLimits.DEFAULT.waitingVisitors());
            for (Socket visitor : visitors) {
                visitor.close();
            }
        }
    }

    @Test
    void a_handle_tells_its_name_and_where_it_listens() throws Exception {
        int port = Tunnels.freePort();
        try (Portal portal = portal(port).start();
                Bridge bridge = Tunnels.bridge(port).forward("127.0.0.1", 1).start()) {
            then(portal)
                    .hasToString("portal \"edge\", listening: tunnels at 127.0.0.1:" + port + ", visitors at 127.0.0.1:"
                            + portal.port("visitors"));
            then(bridge).hasToString("bridge \"shop\"");
        }
    }

    @Test
    void a_portal_that_cannot_be_reached_is_named() throws Exception {
        Heard heard = new Heard();
        int port = Tunnels.freePort();
        try (Bridge bridge =
                Tunnels.bridge(port).forward("127.0.0.1", 1).listener(heard).start()) {
            await().until(() -> !heard.of("dial failed").isEmpty());
            then(heard.of("dial failed").get(0)).contains("127.0.0.1:" + port, "refused", "is it running there");
            thenThrownBy(() -> bridge.awaitReady(SHORT))
                    .isInstanceOf(TunnelException.class)
                    .hasMessageStartingWith("no tunnel after 300 ms: ")
                    .hasMessageContaining("127.0.0.1:" + port)
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void a_portals_name_that_does_not_resolve_is_named() throws Exception {
        Heard heard = new Heard();
        Outbound client = (request, dialer) -> Transport.tcp()
                .dial(Destination.tcp("no-such-portal.invalid", 1024), RedirectOutbound.Nothing.HERE, dialer);
        try (Bridge bridge = ReverseTunnel.bridge("shop")
                .domain(DOMAIN)
                .connect(client)
                .forward("127.0.0.1", 1)
                .listener(heard)
                .start()) {
            await().atMost(20, TimeUnit.SECONDS)
                    .until(() -> !heard.of("dial failed").isEmpty());
            then(heard.of("dial failed").get(0)).contains("the name no-such-portal.invalid does not resolve");
        }
    }

    @Test
    void a_portal_that_says_nothing_is_given_up() throws Exception {
        Heard heard = new Heard();
        try (ServerSocket silent = new ServerSocket(0, 50, Tunnels.loopback());
                Bridge bridge = Tunnels.bridge(silent.getLocalPort())
                        .forward("127.0.0.1", 1)
                        .dialTimeout(SHORT)
                        .listener(heard)
                        .start()) {
            await().until(() -> !heard.of("dial failed").isEmpty());
            then(heard.of("dial failed").get(0))
                    .contains("did not answer as a portal within 300 ms", "user id", "domain", "clocks");
            then(bridge.snapshot().tunnels()).allMatch(tunnel -> tunnel.state() == TunnelState.DIALING);
        }
    }

    @Test
    void a_portal_that_hangs_up_is_told_from_one_that_cannot_be_reached() throws Exception {
        Heard heard = new Heard();
        try (Origin rude = new Origin(socket -> socket.getInputStream().read());
                Bridge bridge = Tunnels.bridge(rude.port())
                        .forward("127.0.0.1", 1)
                        .listener(heard)
                        .start()) {
            await().until(() -> !heard.of("dial failed").isEmpty());
            then(heard.of("dial failed").get(0)).contains("before it had registered", DOMAIN);
            then(bridge.snapshot().tunnels()).hasSizeLessThan(2);
        }
    }

    @Test
    void a_wrong_domain_is_diagnosed_on_both_sides() throws Exception {
        Heard atPortal = new Heard();
        Heard atBridge = new Heard();
        try (Portal portal = portal(0).listener(atPortal).start();
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain("reverse.tset.internal")
                        .connect(Plain.client(Transport.tcp(), portal.port("tunnels")))
                        .forward("127.0.0.1", 1)
                        .listener(atBridge)
                        .start()) {
            await().until(() -> !atBridge.of("dial failed").isEmpty());
            then(atPortal.of("refused").get(0))
                    .contains("reverse.tset.internal", "expected: " + DOMAIN, "is the domain the same on both sides");
            then(atBridge.of("dial failed").get(0)).contains("reverse.tset.internal", "the same there");
            thenThrownBy(() -> bridge.awaitReady(SHORT)).hasMessageContaining("reverse.tset.internal");
        }
    }

    @Test
    void a_domain_in_other_letters_is_no_tunnel_and_no_visitor() throws Exception {
        for (String spelled : new String[] {"REVERSE.test.internal", DOMAIN + "."}) {
            Heard heard = new Heard();
            try (Origin origin = Origin.echo();
                    Portal portal = ReverseTunnel.portal("edge")
                            .domain(DOMAIN)
                            .listen(Plain.server(Transport.tcp(), 0, Grant.BOTH))
                            .listener(heard)
                            .start();
                    Bridge bridge = Tunnels.bridge(portal, origin.port());
                    Bridge other = ReverseTunnel.bridge("other")
                            .domain(spelled)
                            .connect(Plain.client(Transport.tcp(), portal.port("tunnels")))
                            .forward("127.0.0.1", 1)
                            .start()) {
                await().until(() -> !heard.of("refused").isEmpty());
                then(heard.of("refused").get(0)).contains(spelled).contains("expected: " + DOMAIN);
                then(bridge.snapshot().failed() + bridge.snapshot().refused()).isZero();
                then(other.snapshot().tunnels()).noneMatch(tunnel -> tunnel.state() == TunnelState.ACTIVE);
            }
        }
    }

    @Test
    void a_port_that_is_taken_is_named_and_everything_is_undone() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, Tunnels.loopback())) {
            int free = Tunnels.freePort();
            thenThrownBy(() -> ReverseTunnel.portal("edge")
                            .domain(DOMAIN)
                            .listen(Plain.server(Transport.tcp(), free, Grant.REGISTER))
                            .listen(Inbound.port(taken.getLocalPort()).address("127.0.0.1"))
                            .start())
                    .isInstanceOf(TunnelException.class)
                    .hasMessageContaining("inbound \"visitors\"")
                    .hasMessageContaining("port " + taken.getLocalPort())
                    .hasMessageContaining("choose another port");
            new ServerSocket(free, 1, Tunnels.loopback()).close();
            await().until(() -> Tunnels.reverseThreads() == 0);
        }
    }

    @Test
    void a_port_that_another_program_is_about_to_leave_is_waited_for() throws Exception {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (ServerSocket taken = new ServerSocket(0, 1, Tunnels.loopback());
                Portal portal = ReverseTunnel.portal("edge")
                        .domain(DOMAIN)
                        .eventLoops(loop)
                        .listen(context -> {
                            Future<Channel> bound = Transport.tcp()
                                    .listen(
                                            new InetSocketAddress(Tunnels.loopback(), taken.getLocalPort()),
                                            new ChannelInboundHandlerAdapter(),
                                            context);
                            // the same loop: behind the first attempt, and before the second
                            loop.next().schedule(() -> closed(taken), 20, TimeUnit.MILLISECONDS);
                            return bound;
                        })
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .start()) {
            then(portal.port("tunnels")).isEqualTo(taken.getLocalPort());
        } finally {
            loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    private static Object closed(ServerSocket socket) throws IOException {
        socket.close();
        return socket;
    }

    @Test
    void an_inbound_that_throws_is_named_and_everything_is_undone() {
        thenThrownBy(() -> ReverseTunnel.portal("edge")
                        .domain(DOMAIN)
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .listen(context -> {
                            throw new IllegalStateException("no certificate");
                        })
                        .start())
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("inbound \"tunnels\"")
                .hasMessageContaining("no certificate");
        await().until(() -> Tunnels.reverseThreads() == 0);
    }

    @Test
    void an_outbound_that_throws_is_a_failed_dial_like_any_other() throws Exception {
        Heard heard = new Heard();
        Outbound broken = (request, dialer) -> {
            throw new IllegalStateException("no cipher");
        };
        try (Bridge bridge = ReverseTunnel.bridge("shop")
                .domain(DOMAIN)
                .connect(broken)
                .forward("127.0.0.1", 1)
                .listener(heard)
                .start()) {
            await().until(() -> heard.of("dial failed").size() > 1); // it tries again
            then(heard.of("dial failed").get(0)).contains("no cipher");
            then(bridge.snapshot().tunnels()).isEmpty();
        }
    }

    @Test
    void a_bridge_that_is_closed_before_it_is_ready_says_so() throws Exception {
        Bridge bridge =
                Tunnels.bridge(Tunnels.freePort()).forward("127.0.0.1", 1).start();
        bridge.close();
        thenThrownBy(() -> bridge.awaitReady(SHORT))
                .isInstanceOf(TunnelException.class)
                .hasMessage("no tunnel: bridge \"shop\" was closed");
    }

    @Test
    void starts_without_waiting_too() throws Exception {
        try (Portal portal = portal(0).startAsync().get(10, TimeUnit.SECONDS);
                Bridge bridge = Tunnels.bridge(portal.port("tunnels"))
                        .forward("127.0.0.1", 1)
                        .startAsync()
                        .get(10, TimeUnit.SECONDS)) {
            bridge.awaitReady(Duration.ofSeconds(10));
            then(portal.snapshot().tunnels()).hasSize(1);
        }
    }
}
