package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tunnels that are registered by command: no domain is agreed upon, and the visitor's address goes along. */
class ReverseCommandTest {
    private final Heard heard = new Heard();

    private static Portal.Builder portal(Grant grant) {
        return ReverseTunnel.portal("edge")
                .listen(Plain.reverseServer(Transport.tcp(), 0, grant))
                .listen(Inbound.port(0).address("127.0.0.1"));
    }

    private static Bridge.Builder bridge(int port) {
        return ReverseTunnel.bridge("shop").connect(client(port, "alice"));
    }

    private static Outbound client(int port, String user) {
        return Plain.reverseClient(Transport.tcp(), port, user);
    }

    // ---- building ----

    @Test
    void a_portal_needs_a_domain_unless_bridges_can_register_by_command() {
        thenThrownBy(() -> ReverseTunnel.portal("edge")
                        .listen(Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                        .start())
                .hasMessage("portal \"edge\" cannot start: it has no domain (call domain(...))");
    }

    @Test
    void a_bridge_needs_a_domain_unless_it_registers_by_command_everywhere() {
        thenThrownBy(() -> bridge(1)
                        .connect(Plain.client(Transport.tcp(), 2))
                        .forward("127.0.0.1", 80)
                        .start())
                .hasMessage("bridge \"shop\" cannot start: it has no domain (call domain(...))");
    }

    @Test
    void a_node_says_which_rules_are_missing() {
        thenThrownBy(() -> ReverseTunnel.node()
                        .inbound("tunnels", Plain.reverseServer(Transport.tcp(), 0, Grant.REGISTER))
                        .portal("portal")
                        .bridge("bridge")
                        .start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no rule leads to portal \"portal\"")
                .hasMessageContaining("no rule says how bridge \"bridge\" reaches its portal (call"
                        + " route(Rule.inbound(\"bridge\").domain(\"full:v1.rvs.cool\").to(...)))");
    }

    @Test
    void no_domain_may_be_the_name_that_stands_for_none() {
        thenThrownBy(() -> ReverseTunnel.portal("edge").domain("v1.rvs.cool"))
                .hasMessageContaining("this one belongs to the protocol");
        thenThrownBy(() -> ReverseTunnel.bridge("shop").domain("V1.rvs.cool."))
                .hasMessageContaining("this one belongs to the protocol");
    }

    // ---- portal and bridge ----

    @Test
    void a_portal_and_a_bridge_need_no_domain() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = portal(Grant.REGISTER).start();
                Bridge bridge = Tunnels.ready(bridge(portal.port("tunnels")).forward("127.0.0.1", origin.port()));
                Socket visitor = Tunnels.visit(portal)) {
            then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            then(portal.snapshot().tunnels())
                    .singleElement()
                    .satisfies(tunnel -> then(tunnel.user()).isEqualTo("alice"));
            then(bridge.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void a_bridge_keeps_tunnels_of_both_kinds() throws Exception {
        try (Origin origin = Origin.echo();
                Portal byCommand = portal(Grant.REGISTER).start();
                Portal byDomain = Tunnels.portal();
                Bridge bridge = Tunnels.ready(bridge(byCommand.port("tunnels"))
                        .connect(Plain.client(Transport.tcp(), byDomain.port("tunnels")))
                        .domain(Tunnels.DOMAIN)
                        .forward("127.0.0.1", origin.port()))) {
            for (Portal portal : List.of(byCommand, byDomain)) {
                try (Socket visitor = Tunnels.visit(portal)) {
                    then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
                }
            }
            then(bridge.snapshot().tunnels()).hasSize(2);
        }
    }

    @Test
    void a_portal_with_a_domain_takes_registrations_by_command_too() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = portal(Grant.REGISTER).domain(Tunnels.DOMAIN).start();
                Bridge byDomain = Tunnels.bridge(portal, origin.port());
                Bridge byCommand = Tunnels.ready(bridge(portal.port("tunnels")).forward("127.0.0.1", origin.port()))) {
            then(portal.snapshot().tunnels()).hasSize(2);
            byDomain.close();
            await().until(() -> portal.snapshot().tunnels().size() == 1);
            try (Socket visitor = Tunnels.visit(portal)) {
                then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            }
            then(byCommand.snapshot().failed()).isZero();
        }
    }

    @Test
    void the_visitors_address_is_known_behind_the_bridge() throws Exception {
        try (Portal portal = portal(Grant.REGISTER).start();
                Bridge bridge = Tunnels.ready(bridge(portal.port("tunnels")).serve(Who.IS_IT));
                Socket visitor = Tunnels.visit(portal)) {
            then(Tunnels.line(visitor.getInputStream()))
                    .isEqualTo("/127.0.0.1:" + visitor.getLocalPort() + " to /127.0.0.1:" + portal.port("visitors")
                            + " by shop");
            then(bridge.snapshot().failed()).isZero();
        }
    }

    @Test
    void a_backend_is_told_the_address_that_a_proxy_has_told_the_portal() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = ReverseTunnel.portal("edge")
                        .listen(Plain.reverseServer(Transport.tcp(), 0, Grant.REGISTER))
                        .listen(Inbound.port(0).address("127.0.0.1").proxyProtocol("127.0.0.1"))
                        .start();
                Bridge bridge = Tunnels.ready(bridge(portal.port("tunnels"))
                        .reach(Outbound.to("127.0.0.1", origin.port()).proxyProtocol(ProxyProtocol.V1)));
                Socket proxy = Tunnels.visit(portal)) {
            String header = "PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r";
            then(Tunnels.say(proxy, header)).isEqualTo(header); // another one, of the bridge's making
            then(Tunnels.say(proxy, "hello")).isEqualTo("hello");
            then(bridge.snapshot().failed()).isZero();
        }
    }

    // ---- who may ----

    @Test
    void a_user_who_may_not_register_does_not() throws Exception {
        try (Portal portal = portal(Grant.CONNECT).listener(heard).start();
                Bridge bridge =
                        bridge(portal.port("tunnels")).forward("127.0.0.1", 1).start()) {
            await().until(() -> !heard.of("refused").isEmpty());
            then(heard.of("refused").get(0))
                    .isEqualTo("refused tcp:v1.rvs.cool:0: only a user who may register becomes a tunnel");
            then(portal.snapshot().tunnels()).isEmpty();
            then(bridge.ready()).isNotDone();
        }
    }

    @Test
    void a_rule_that_leads_to_no_portal_makes_no_tunnel() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = ReverseTunnel.node()
                        .inbound("tunnels", Plain.reverseServer(Transport.tcp(), 0, Grant.BOTH))
                        .outbound("origin", Outbound.to("127.0.0.1", origin.port()))
                        .route(Rule.any().to("origin"))
                        .listener(heard)
                        .start();
                Bridge bridge =
                        bridge(node.port("tunnels")).forward("127.0.0.1", 1).start()) {
            await().until(() -> !heard.of("refused").isEmpty());
            then(heard.of("refused").get(0))
                    .isEqualTo("refused tcp:v1.rvs.cool:0: it registers a tunnel, but the rules lead to \"origin\","
                            + " which is no portal");
            then(origin.sockets).isEmpty();
            then(bridge.ready()).isNotDone();
        }
    }

    @Test
    void a_tunnel_for_which_there_is_no_rule_is_refused() throws Exception {
        try (ReverseTunnel node = ReverseTunnel.node()
                        .inbound("tunnels", Plain.reverseServer(Transport.tcp(), 0, Grant.BOTH))
                        .portal("portal")
                        .route(Rule.inbound("tunnels").user("bob").to("portal"))
                        .listener(heard)
                        .start();
                Bridge bridge =
                        bridge(node.port("tunnels")).forward("127.0.0.1", 1).start()) {
            await().until(() -> !heard.of("refused").isEmpty());
            then(heard.of("refused").get(0)).isEqualTo("refused tcp:v1.rvs.cool:0: no rule allows it");
            then(bridge.ready()).isNotDone();
        }
    }

    @Test
    void the_name_that_stands_for_a_domain_cannot_be_asked_for() throws Exception {
        try (ReverseTunnel node = ReverseTunnel.node()
                        .inbound("tunnels", Plain.reverseServer(Transport.tcp(), 0, Grant.BOTH))
                        .portal("portal")
                        .route(Rule.any().to("portal"))
                        .listener(heard)
                        .start();
                // a user who may do everything, and asks for it as for any other name
                ReverseTunnel client = ReverseTunnel.node()
                        .inbound("local", Inbound.port(0).address("127.0.0.1").to("v1.rvs.cool", 80))
                        .outbound("server", Plain.client(Transport.tcp(), node.port("tunnels")))
                        .route(Rule.any().to("server"))
                        .listener(heard)
                        .start()) {
            Tunnels.thenResets(client.port("local"));
            // at his own node already
            then(heard.of("refused"))
                    .containsExactly(
                            "refused tcp:v1.rvs.cool:80: the name belongs to the protocol, and nobody may ask for it");
            // and at the other one, if his is not ours
            try (MuxUser user = new MuxUser(node.port("tunnels"))) {
                then(user.ask(dev.reversetunnel.net.Destination.tcp("v1.rvs.cool", 0)))
                        .isEqualTo("reset");
            }
            then(heard.of("refused")).hasSize(2);
            then(node.snapshot().tunnels()).isEmpty();
        }
    }

    // ---- two portals in one node ----

    @Test
    void portals_are_told_apart_by_the_user() throws Exception {
        try (Origin north = saying("north");
                Origin south = saying("south");
                ReverseTunnel node = ReverseTunnel.node()
                        .inbound("tunnels", Plain.reverseServer(Transport.tcp(), 0, Grant.REGISTER))
                        .inbound("north", Inbound.port(0).address("127.0.0.1"))
                        .inbound("south", Inbound.port(0).address("127.0.0.1"))
                        .portal("portal-north")
                        .portal("portal-south")
                        .route(
                                Rule.inbound("tunnels").user("alice").to("portal-north"),
                                Rule.inbound("tunnels").user("bob").to("portal-south"),
                                Rule.inbound("north").to("portal-north"),
                                Rule.inbound("south").to("portal-south"))
                        .start();
                Bridge alice = bridgeOf("alice", node.port("tunnels"), north);
                Bridge bob = bridgeOf("bob", node.port("tunnels"), south)) {
            thenEachReachesItsOwn(node);
            then(alice.snapshot().tunnels()).hasSize(1);
            then(bob.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void portals_are_told_apart_by_the_inbound() throws Exception {
        try (Origin north = saying("north");
                Origin south = saying("south");
                ReverseTunnel node = ReverseTunnel.node()
                        .inbound("tunnels-north", Plain.reverseServer(Transport.tcp(), 0, Grant.REGISTER))
                        .inbound("tunnels-south", Plain.reverseServer(Transport.tcp(), 0, Grant.REGISTER))
                        .inbound("north", Inbound.port(0).address("127.0.0.1"))
                        .inbound("south", Inbound.port(0).address("127.0.0.1"))
                        .portal("portal-north")
                        .portal("portal-south")
                        .route(
                                Rule.inbound("north", "tunnels-north").to("portal-north"),
                                Rule.inbound("south", "tunnels-south").to("portal-south"))
                        .start();
                Bridge one = bridgeOf("alice", node.port("tunnels-north"), north);
                Bridge other = bridgeOf("alice", node.port("tunnels-south"), south)) {
            thenEachReachesItsOwn(node);
            then(one.snapshot().tunnels()).hasSize(1);
            then(other.snapshot().tunnels()).hasSize(1);
        }
    }

    private static Origin saying(String name) throws Exception {
        return new Origin(socket -> socket.getOutputStream().write((name + '\n').getBytes(StandardCharsets.US_ASCII)));
    }

    private static Bridge bridgeOf(String user, int port, Origin origin) throws Exception {
        return Tunnels.ready(
                ReverseTunnel.bridge(user).connect(client(port, user)).forward("127.0.0.1", origin.port()));
    }

    private static void thenEachReachesItsOwn(ReverseTunnel node) throws Exception {
        for (String name : List.of("north", "south")) {
            try (Socket visitor = Tunnels.connect(node.port(name))) {
                then(Tunnels.line(visitor.getInputStream())).isEqualTo(name);
            }
        }
    }
}
