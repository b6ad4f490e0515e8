package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenCode;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What builders say at the desk. */
class BuildersTest {
    @Test
    void a_portal_says_all_that_is_missing_and_what_to_call() {
        thenThrownBy(() -> ReverseTunnel.portal("edge").start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("portal \"edge\" cannot start: it has no domain (call domain(...));"
                        + " nobody can come in (call listen(...))");
        thenThrownBy(() -> ReverseTunnel.portal("edge").domain("a.reverse").start())
                .hasMessage("portal \"edge\" cannot start: nobody can come in (call listen(...))");
        thenThrownBy(() -> ReverseTunnel.portal("edge").listen(Inbound.port(0)).start())
                .hasMessage("portal \"edge\" cannot start: it has no domain (call domain(...))");
    }

    @Test
    void a_bridge_says_all_that_is_missing_and_what_to_call() {
        thenThrownBy(() -> ReverseTunnel.bridge("shop").start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("bridge \"shop\" cannot start: it has no domain (call domain(...));"
                        + " it has no portal to dial (call connect(...));"
                        + " visitors would reach nothing (call forward(...), serve(...) or reach(...))");
    }

    @Test
    void a_node_says_all_that_does_not_fit() {
        thenThrownBy(() -> ReverseTunnel.node().start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("node cannot start: nobody can come in (call inbound(...) or bridge(...))");
        thenThrownBy(() -> ReverseTunnel.node()
                        .inbound("web", Inbound.port(0))
                        .portal("portal", "a.reverse")
                        .bridge("bridge", "b.reverse")
                        .outbound("out", Outbound.refuse())
                        .route(Rule.inbound("web").to("nowhere"))
                        .start())
                .hasMessageContaining(
                        "rule \"inbound web to \"nowhere\"\" leads to no outbound, portal or balancer (known:"
                                + " [out, portal])")
                .hasMessageContaining(
                        "no rule leads to portal \"portal\" (call route(Rule.inbound(...).to(\"portal\"))")
                .hasMessageContaining("no rule says how bridge \"bridge\" reaches its portal (call"
                        + " route(Rule.inbound(\"bridge\").domain(\"full:b.reverse\").to(...)))");
    }

    @Test
    void a_node_is_checked_without_being_started() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, Tunnels.loopback())) {
            ReverseTunnel.Builder node = ReverseTunnel.node()
                    .inbound("web", Inbound.port(taken.getLocalPort()).address("127.0.0.1"))
                    .outbound("out", Outbound.refuse())
                    .route(Rule.inbound("web").to("out"));
            then(node.check()).isEmpty();
            then(taken.isClosed()).isFalse();
            thenThrownBy(node::start).isInstanceOf(TunnelException.class);
        }
        thenThrownBy(() -> ReverseTunnel.node().check())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("node cannot start: nobody can come in (call inbound(...) or bridge(...))");
    }

    @Test
    void rules_that_never_match_are_doubted() {
        ReverseTunnel.Builder node = ReverseTunnel.node()
                .inbound("web", Inbound.port(0).sniff(Sniffing.of(Sniffed.HTTP)))
                .inbound("users", Plain.server(Map.of("alice", Grant.CONNECT)))
                .outbound("dial", Plain.client(Transport.tcp(), 1))
                .bridge("bridge", "b.reverse")
                .route(
                        Rule.inbound("web", "users", "bridge", ReverseTunnel.DIAL)
                                .to("dial"),
                        Rule.any().user("alice", "regexp:^bob").protocol("http").to("dial"),
                        Rule.inbound("bridge").user("carol").to("dial"), // whose users are unknown here
                        Rule.inbound("web", "wbe").to("dial"),
                        Rule.inbound("users").user("alcie").to("dial"),
                        Rule.any().protocol("https").to("dial"),
                        Rule.inbound("users").protocol("http").to("dial"));
        String sniffing = "; sniffing of [bittorrent, http, tls] can be turned on there)";
        then(node.check())
                .containsExactly(
                        "rule \"inbound web, wbe to \"dial\"\": no inbound or bridge is called \"wbe\" (known: [bridge,"
                                + " users, web]; others are for dial(...) alone)",
                        "rule \"inbound users and user alcie to \"dial\"\": no inbound has a user \"alcie\" (known:"
                                + " [alice])",
                        "rule \"protocol https to \"dial\"\": no inbound looks for \"https\" (looked for: [http]"
                                + sniffing,
                        "rule \"inbound users and protocol http to \"dial\"\": no inbound looks for \"http\" (looked"
                                + " for: []" + sniffing);
    }

    @Test
    void a_bridge_that_goes_where_no_portal_is_is_doubted() {
        for (Outbound wrong : List.of(Outbound.direct(), Outbound.to("127.0.0.1", 80), Outbound.refuse())) {
            ReverseTunnel.Builder node = ReverseTunnel.node()
                    .bridge("shop", "shop.reverse")
                    .bridge("blog", "blog.reverse")
                    .outbound("dial", Plain.client(Transport.tcp(), 1))
                    .outbound("out", wrong)
                    .route(Rule.inbound("blog").domain("full:blog.reverse").to("dial"))
                    .otherwise("out");
            then(node.check())
                    .containsExactly("bridge \"shop\" registers by \"out\", where no portal is: let a rule for inbound"
                            + " \"shop\" and domain \"full:shop.reverse\" lead to the outbound that dials its portal");
        }
    }

    @Test
    void a_node_that_only_dials_needs_a_way_out_alone() throws Exception {
        try (Tunnels.Origin origin = Tunnels.Origin.echo();
                ReverseTunnel node = ReverseTunnel.node()
                        .outbound("out", Outbound.to("127.0.0.1", origin.port()))
                        .otherwise("out")
                        .start();
                Connection connection = node.dial("192.0.2.1", 80).get(10, TimeUnit.SECONDS)) {
            connection.output().write(7);
            connection.output().flush();
            then(connection.input().read()).isEqualTo(7);
        }
    }

    @Test
    void what_is_set_twice_is_said_with_what_was_set() {
        thenThrownBy(() -> ReverseTunnel.portal("edge").domain("a.reverse").domain("b.reverse"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("domain: already set to \"a.reverse\"");
        thenThrownBy(() -> ReverseTunnel.bridge("shop").domain("a.reverse").domain("b.reverse"))
                .hasMessage("domain: already set to \"a.reverse\"");
        thenThrownBy(() -> ReverseTunnel.bridge("shop").forward("127.0.0.1", 80).forward("127.0.0.1", 81))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("target: already set (to tcp:127.0.0.1:80)");
        thenThrownBy(() -> ReverseTunnel.node().inbound("web", Inbound.port(0)).inbound("web", Inbound.port(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("inbound: \"web\" (expected: a tag that is not taken)");
        thenThrownBy(() -> ReverseTunnel.node().inbound("x", Inbound.port(0)).bridge("x", "a.reverse"))
                .hasMessage("bridge: \"x\" (expected: a tag that is not taken)");
        thenThrownBy(() -> ReverseTunnel.node().portal("x", "a.reverse").outbound("x", Outbound.refuse()))
                .hasMessage("outbound: \"x\" (expected: a tag that is not taken)");
        thenThrownBy(() -> ReverseTunnel.node().portal("x", "a.reverse").portal("y", "a.reverse"))
                .hasMessage("domain: \"a.reverse\" (expected: one of its own for each portal)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "v1.mux.cool", "reverse", "reverse.internal.v2fly.org", "V1.RVS.COOL."})
    void a_domain_is_made_up(String domain) {
        thenThrownBy(() -> ReverseTunnel.portal("edge").domain(domain))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: a made-up name");
        thenThrownBy(() -> ReverseTunnel.bridge("shop").domain(domain)).isInstanceOf(IllegalArgumentException.class);
        thenThrownBy(() -> ReverseTunnel.node().portal("p", domain)).isInstanceOf(IllegalArgumentException.class);
        thenThrownBy(() -> ReverseTunnel.node().bridge("b", domain)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void values_are_checked_when_they_are_set() {
        thenThrownBy(() -> ReverseTunnel.node().tunnels(0, 1)).hasMessageContaining("tunnels: 0 to 1");
        thenThrownBy(() -> ReverseTunnel.node().tunnels(3, 2)).hasMessageContaining("tunnels: 3 to 2");
        thenThrownBy(() -> ReverseTunnel.node().dialTimeout(Duration.ZERO)).hasMessageContaining("dialTimeout: PT0S");
        thenThrownBy(() -> ReverseTunnel.node().waitForBridge(Duration.ofMillis(-1)))
                .hasMessageContaining("waitForBridge");
        thenThrownBy(() -> ReverseTunnel.node().halfClosedTimeout(Duration.ofMillis(-1)))
                .hasMessageContaining("halfClosedTimeout");
        thenThrownBy(() -> ReverseTunnel.node().inbound(" ", Inbound.port(0))).hasMessageContaining("a tag");
        thenThrownBy(() -> ReverseTunnel.node().route(Rule.any()))
                .hasMessage("rule: everything leads nowhere (call to(...))");
        thenThrownBy(() -> Outbound.to("127.0.0.1", 0)).hasMessageContaining("port: 0");
        thenThrownBy(() -> Inbound.port(65_536)).isInstanceOf(IllegalArgumentException.class);
        thenThrownBy(() -> Inbound.port(80).to("bad host", 80)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void inbounds_without_a_tag_are_numbered() throws Exception {
        try (Portal portal = ReverseTunnel.portal("edge")
                .domain("a.reverse")
                .listen(Inbound.port(0).address("127.0.0.1"))
                .listen(Inbound.port(0).address("127.0.0.1"))
                .listen(Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                .listen("admin", Inbound.port(0).address("127.0.0.1"))
                .start()) {
            then(portal.port("visitors")).isPositive().isNotEqualTo(portal.port("visitors-2"));
            then(portal.port("tunnels")).isPositive();
            thenThrownBy(() -> portal.port("visitor"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("inbound: \"visitor\" (expected: one of ")
                    .hasMessageContaining("admin")
                    .hasMessageContaining("visitors-2");
        }
    }

    @Test
    void a_builder_may_start_again() throws Exception {
        Portal.Builder portal = Tunnels.portal(0);
        portal.start().close();
        portal.start().close();
        Bridge.Builder bridge = Tunnels.bridge(Tunnels.freePort()).forward("127.0.0.1", 80);
        bridge.start().close();
        thenCode(() -> bridge.start().close()).doesNotThrowAnyException();
    }
}
