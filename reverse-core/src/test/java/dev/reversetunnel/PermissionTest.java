package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.DOMAIN;
import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may do what, and what a portal that has gone over to the enemy reaches. */
class PermissionTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "v1.mux.cool",
                "v1.rvs.cool",
                "V1.Mux.Cool.",
                "reverse",
                "REVERSE",
                "reverse.internal.v2fly.org",
                "reverse.internal.v2ray.com",
                "reverse.internal.example.com",
                DOMAIN,
                "Reverse.Test.Internal",
                DOMAIN + "."
            })
    void a_visitor_never_reaches_a_name_of_the_protocol(String name) throws Exception {
        Heard heard = new Heard();
        try (Origin origin = Origin.echo();
                Portal portal = ReverseTunnel.portal("edge")
                        .domain(DOMAIN)
                        .listen(Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                        .listen(Inbound.port(0).address("127.0.0.1").to(name, 80))
                        .listener(heard)
                        .start();
                Bridge bridge = Tunnels.bridge(portal, origin.port())) {
            Tunnels.thenResets(portal.port("visitors"));
            then(heard.of("refused")).singleElement().asString().contains(name);
            then(portal.snapshot().tunnels()).hasSize(1);
            then(portal.snapshot().refused()).isEqualTo(1);
            then(bridge.snapshot().tunnels().get(0).openedSessions()).isEqualTo(1);
        }
    }

    @Test
    void a_user_who_may_only_connect_registers_nothing() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain(DOMAIN)
                        .listen(Plain.server(Transport.tcp(), 0, Grant.CONNECT))
                        .listener(heard)
                        .start();
                Bridge bridge = Tunnels.bridge(portal.port("tunnels"))
                        .forward("127.0.0.1", 1)
                        .start()) {
            await().until(() -> !heard.of("refused").isEmpty());
            then(heard.of("refused").get(0)).contains(DOMAIN, "only a user who may register");
            then(portal.snapshot().tunnels()).isEmpty();
            then(bridge.snapshot().tunnels()).noneMatch(tunnel -> tunnel.state() == TunnelState.ACTIVE);
        }
    }

    @Test
    void a_user_who_may_only_register_reaches_nothing_else() throws Exception {
        Heard heard = new Heard();
        try (Origin origin = Origin.echo();
                ReverseTunnel portal = ReverseTunnel.node()
                        .inbound("tunnels", Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                        .portal("portal", DOMAIN)
                        .route(Rule.any().to("portal"))
                        .listener(heard)
                        .start();
                // his client asks for a destination through the server that he registers with
                ReverseTunnel client = ReverseTunnel.node()
                        .inbound("local", Inbound.port(0).address("127.0.0.1").to("127.0.0.1", origin.port()))
                        .outbound("server", Plain.client(Transport.tcp(), portal.port("tunnels")))
                        .route(Rule.any().to("server"))
                        .start()) {
            Tunnels.thenResets(client.port("local"));
            then(heard.of("refused").get(0))
                    .contains("127.0.0.1:" + origin.port(), "user \"tester\" may register tunnels only");
            then(origin.sockets).isEmpty();
        }
    }

    @Test
    void a_bridge_reaches_what_was_declared_whatever_the_portal_asks_for() throws Exception {
        AtomicInteger visits = new AtomicInteger();
        try (Origin forbidden = new Origin(socket -> visits.incrementAndGet());
                Origin declared = new Origin(socket -> socket.getOutputStream().write(7));
                HostilePortal portal = new HostilePortal();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port()).forward("127.0.0.1", declared.port()))) {
            for (String host : HostilePortal.TARGETS) {
                then(portal.ask(Destination.tcp(host, forbidden.port())))
                        .as(host)
                        .isEqualTo("07");
            }
            then(visits).hasValue(0);
            then(bridge.snapshot().refused()).isZero();
        }
    }

    @Test
    void direct_reaches_nothing_inside() throws Exception {
        Heard heard = new Heard();
        AtomicInteger visits = new AtomicInteger();
        try (Origin forbidden = new Origin(socket -> visits.incrementAndGet());
                HostilePortal portal = new HostilePortal();
                Bridge bridge = Tunnels.ready(
                        Tunnels.bridge(portal.port()).reach(Outbound.direct()).listener(heard))) {
            for (String host : HostilePortal.TARGETS) {
                then(portal.ask(Destination.tcp(host, forbidden.port())))
                        .as(host)
                        .isEqualTo("reset");
            }
            then(portal.ask(Destination.tcp("192.0.2.1", 0))).isEqualTo("reset");
            then(visits).hasValue(0);
            then(heard.of("refused").size() + heard.of("failed").size()).isEqualTo(HostilePortal.TARGETS.size() + 1);
            then(bridge.snapshot().refused() + bridge.snapshot().failed()).isEqualTo(HostilePortal.TARGETS.size() + 1);
            then(bridge.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void names_of_the_protocol_are_refused_at_the_bridge_too() throws Exception {
        Heard heard = new Heard();
        List<String> names =
                List.of("v1.mux.cool", "v1.rvs.cool", "Reverse", DOMAIN, DOMAIN + ".", "reverse.TEST.internal");
        try (Origin origin = Origin.echo();
                HostilePortal portal = new HostilePortal();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port())
                        .forward("127.0.0.1", origin.port())
                        .listener(heard))) {
            for (String name : names) {
                then(portal.ask(Destination.tcp(name, 80))).as(name).isEqualTo("reset");
            }
            then(heard.of("refused")).hasSize(names.size());
            then(bridge.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void direct_reaches_inside_when_that_is_declared() throws Exception {
        try (Origin origin = new Origin(socket -> socket.getOutputStream().write(7));
                HostilePortal portal = new HostilePortal();
                Bridge bridge = Tunnels.ready(
                        Tunnels.bridge(portal.port()).reach(Outbound.direct().allowPrivate()))) {
            then(portal.ask(Destination.tcp("127.0.0.1", origin.port()))).isEqualTo("07");
            then(portal.ask(Destination.tcp("localhost", origin.port()))).isEqualTo("07");
            then(bridge.snapshot().refused()).isZero();
        }
    }

    @Test
    void a_handler_for_one_session_does_not_end_the_others() throws Exception {
        // GIVEN a handler that cannot be used twice, which is the application's mistake
        var once = new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.writeAndFlush(message);
            }
        };
        Heard heard = new Heard();
        try (Portal portal = Tunnels.portal();
                Bridge bridge = Tunnels.ready(
                        Tunnels.bridge(portal.port("tunnels")).serve(once).listener(heard));
                Socket first = Tunnels.visit(portal)) {
            then(Tunnels.say(first, "hello")).isEqualTo("hello");
            // WHEN
            Tunnels.thenResets(portal.port("visitors"));
            // THEN
            then(Tunnels.say(first, "still here")).isEqualTo("still here");
            then(heard.of("failed")).singleElement().asString().contains("Sharable");
            then(bridge.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void a_bridge_opens_no_sessions_towards_a_portal() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = Tunnels.portal(0).listener(heard).start();
                FakeBridge bridge = FakeBridge.understanding(portal, ControlName.V2FLY)) {
            MuxSession session = bridge.openTowardsPortal(new Destination(Network.TCP, "127.0.0.1", 80));
            then(session.closeFuture().await(10_000)).isTrue();
            then(portal.snapshot().tunnels()).hasSize(1);
        }
    }
}
