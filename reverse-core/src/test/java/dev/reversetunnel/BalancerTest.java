package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(BufferLeakExtension.class)
class BalancerTest {
    private static Origin named(String name) throws IOException {
        return new Origin(socket -> {
            socket.getOutputStream().write((name + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            socket.getInputStream().transferTo(socket.getOutputStream());
        });
    }

    private static ReverseTunnel.Builder node(Balancer balancer, Origin a, Origin b) {
        return ReverseTunnel.node()
                .inbound("in", Inbound.port(0).address("127.0.0.1").to("192.0.2.1", 80))
                .outbound("proxy-a", Outbound.to("127.0.0.1", a.port()))
                .outbound("other", Outbound.refuse())
                .outbound("proxy-b", Outbound.to("127.0.0.1", b.port()))
                .balancer("proxies", balancer)
                .route(Rule.any().to("proxies"));
    }

    private static String visit(ReverseTunnel node) throws IOException {
        try (Socket visitor = Tunnels.connect(node.port("in"))) {
            return Tunnels.line(visitor.getInputStream());
        }
    }

    @Test
    void takes_turns() throws Exception {
        try (Origin a = named("a");
                Origin b = named("b");
                ReverseTunnel node = node(Balancer.roundRobin("proxy-"), a, b).start()) {
            List<String> met = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                met.add(visit(node));
            }
            then(met).containsExactly("a", "b", "a", "b", "a", "b");
        }
    }

    @Test
    void chooses_at_random() throws Exception {
        try (Origin a = named("a");
                Origin b = named("b");
                ReverseTunnel node =
                        node(Balancer.random("proxy-a", "proxy-b"), a, b).start()) {
            Set<String> met = new HashSet<>();
            for (int i = 0; i < 64 && met.size() < 2; i++) { // once in 2^63 runs this fails by chance
                met.add(visit(node));
            }
            then(met).containsExactlyInAnyOrder("a", "b");
        }
    }

    @Test
    void chooses_the_one_with_the_fewest_sessions() throws Exception {
        try (Origin a = named("a");
                Origin b = named("b");
                ReverseTunnel node = node(Balancer.leastLoad("proxy-"), a, b).start();
                Socket one = Tunnels.connect(node.port("in"))) {
            then(Tunnels.line(one.getInputStream())).isEqualTo("a");
            try (Socket two = Tunnels.connect(node.port("in"))) {
                then(Tunnels.line(two.getInputStream())).isEqualTo("b");
                try (Socket three = Tunnels.connect(node.port("in"))) {
                    then(Tunnels.line(three.getInputStream())).isEqualTo("a");
                    then(visit(node)).isEqualTo("b");
                }
            }
        }
    }

    @Test
    void sessions_that_have_ended_are_no_load() {
        ExitLoads loads = new ExitLoads(List.of("a", "b"));
        EmbeddedChannel one = new EmbeddedChannel();
        EmbeddedChannel two = new EmbeddedChannel();
        loads.count("a", one);
        loads.count("a", two);
        loads.count("not counted", two);
        then(loads.of("a")).isEqualTo(2);
        one.close();
        then(loads.of("a")).isEqualTo(1);
        then(loads.of("b")).isZero();
        then(loads.of("not counted")).isZero();
        two.close();
        then(loads.of("a")).isZero();
    }

    @Test
    void goes_on_where_it_was_when_the_rules_are_replaced() throws Exception {
        try (Origin a = named("a");
                Origin b = named("b");
                ReverseTunnel turns = node(Balancer.roundRobin("proxy-"), a, b).start();
                ReverseTunnel loads = node(Balancer.leastLoad("proxy-"), a, b).start();
                Socket before = Tunnels.connect(loads.port("in"))) {
            then(visit(turns)).isEqualTo("a");
            turns.reroute(Rule.inbound("in").to("proxies"), Rule.any().to("other"));
            then(visit(turns)).isEqualTo("b");

            then(Tunnels.line(before.getInputStream())).isEqualTo("a");
            loads.reroute(Rule.any().to("other"));
            Tunnels.thenResets(loads.port("in"));
            loads.reroute(Rule.any().to("proxies"));
            then(visit(loads)).isEqualTo("b");
            then(Tunnels.say(before, "still there")).isEqualTo("still there");
        }
    }

    @Test
    void falls_back_where_nothing_is_selected() throws Exception {
        try (Origin a = named("a");
                Origin b = named("b");
                ReverseTunnel node = node(Balancer.roundRobin("none-").fallback("proxy-b"), a, b)
                        .start()) {
            then(visit(node)).isEqualTo("b");
            then(visit(node)).isEqualTo("b");
        }
    }

    @Test
    void falls_back_while_no_portal_has_a_tunnel() throws Exception {
        try (Origin origin = named("through the tunnel");
                Origin spare = named("spare");
                ReverseTunnel node = ReverseTunnel.node()
                        .inbound("tunnels", Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                        .inbound("in", Inbound.port(0).address("127.0.0.1").to("192.0.2.1", 80))
                        .portal("home-portal", Tunnels.DOMAIN)
                        .outbound("spare", Outbound.to("127.0.0.1", spare.port()))
                        .balancer("homes", Balancer.random("home-").fallback("spare"))
                        .route(
                                Rule.inbound("tunnels").to("home-portal"),
                                Rule.inbound("in").to("homes"))
                        .start()) {
            then(visit(node)).isEqualTo("spare");
            try (Bridge bridge =
                    Tunnels.ready(Tunnels.bridge(node.port("tunnels")).forward("127.0.0.1", origin.port()))) {
                then(visit(node)).isEqualTo("through the tunnel");
                then(bridge.snapshot().tunnels()).isNotEmpty();
            }
        }
    }

    @Test
    void says_what_does_not_fit_before_it_starts() throws Exception {
        thenThrownBy(() -> Balancer.random()).hasMessage("prefixes: [] (expected: how the tags of outbounds begin)");
        thenThrownBy(() -> Balancer.random("a", "")).isInstanceOf(IllegalArgumentException.class);
        thenThrownBy(() -> Balancer.random("a").fallback("b").fallback("c"))
                .hasMessage("fallback: already set to \"b\"");
        try (Origin a = named("a");
                Origin b = named("b")) {
            thenThrownBy(() -> node(Balancer.random("x"), a, b).start())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("balancer \"proxies\" (random of [x]) selects no outbound or portal");
            thenThrownBy(() -> node(Balancer.random("x").fallback("y"), a, b).start())
                    .hasMessageContaining("falls back to \"y\", which is no outbound or portal");
            thenThrownBy(() -> node(Balancer.random("proxy-"), a, b).balancer("other", Balancer.random("x")))
                    .hasMessage("balancer: \"other\" (expected: a tag that is not taken)");
            thenThrownBy(() -> node(Balancer.random("proxy-"), a, b)
                            .otherwise("nowhere")
                            .start())
                    .hasMessageContaining("otherwise: \"nowhere\" is no outbound, portal or balancer");
        }
    }

    @Test
    void an_explanation_names_all_that_it_may_be() throws Exception {
        try (Origin a = named("a");
                Origin b = named("b");
                ReverseTunnel node = node(Balancer.roundRobin("proxy-").fallback("other"), a, b)
                        .start()) {
            Explanation told = node.explain(new Request(dev.reversetunnel.net.Destination.tcp("192.0.2.1", 80), "in"))
                    .join();
            then(told.to()).isEqualTo("proxies");
            then(told.outbounds()).containsExactly("proxy-a", "proxy-b", "other");
            then(visit(node)).isEqualTo("a"); // whoever asks for an explanation takes no turn
        }
    }
}
