package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RuleRouterTest {
    private static final Request WEB = new Request(Destination.tcp("shop.example", 80), "external");

    private final Map<String, Outbound> outbounds = new LinkedHashMap<>(Map.of(
            "web", Outbound.to("192.0.2.1", 80),
            "proxy", Outbound.to("192.0.2.2", 80),
            "direct", Outbound.direct(),
            "refuse", Outbound.refuse()));
    private final Map<String, List<InetAddress>> names = new LinkedHashMap<>();
    private final List<String> lookedUp = new ArrayList<>();
    private @Nullable String otherwise;

    private Route route(Request request, DomainStrategy strategy, Rule... rules) {
        return router(strategy, rules).route(request).getNow();
    }

    private RuleRouter router(DomainStrategy strategy, Rule... rules) {
        Routing routing = new Routing(List.of(rules), Map.of(), strategy, GeoData.NONE, otherwise);
        Map<String, Exits> exits = routing.exits(outbounds, new ExitLoads(List.of()));
        return new RuleRouter(
                routing.table(exits),
                strategy,
                destination -> !destination.host().equals("made-up.example"),
                this::lookUp);
    }

    private Future<List<InetAddress>> lookUp(String name) {
        lookedUp.add(name);
        List<InetAddress> addresses = names.get(name);
        return addresses == null
                ? ImmediateEventExecutor.INSTANCE.newFailedFuture(new UnknownHostException(name))
                : ImmediateEventExecutor.INSTANCE.newSucceededFuture(addresses);
    }

    private static InetAddress address(String text) {
        InetAddress address = Destination.tcp(text, 0).address();
        then(address).isNotNull();
        return address;
    }

    @Test
    void the_first_rule_that_matches_decides() {
        Route route = route(
                WEB,
                DomainStrategy.AS_IS,
                Rule.any().port(81).to("refuse"),
                Rule.any().port(80).to("web"),
                Rule.any().port(80).to("refuse"));
        then(route.tag()).isEqualTo("web");
        then(route.outbound()).isSameAs(outbounds.get("web"));
        then(route.request()).isEqualTo(WEB);
    }

    @Test
    void what_no_rule_matches_is_refused() {
        Route route = route(WEB, DomainStrategy.AS_IS);
        then(route.outbound()).isSameAs(Outbound.refuse());
        then(route.tag()).isEmpty();
    }

    @Test
    void what_no_rule_matches_goes_where_it_is_told() {
        otherwise = "proxy";
        then(route(WEB, DomainStrategy.AS_IS, Rule.any().port(81).to("web")).tag())
                .isEqualTo("proxy");
    }

    @Test
    void a_name_is_resolved_when_a_rule_asks_for_its_address() {
        names.put("shop.example", List.of(address("10.0.0.1")));
        Rule inside = Rule.any().ip("geoip:private").to("refuse");
        Rule all = Rule.any().to("direct");

        then(route(WEB, DomainStrategy.AS_IS, inside, all).tag()).isEqualTo("direct");
        then(lookedUp).isEmpty();
        then(route(WEB, DomainStrategy.IP_IF_NON_MATCH, inside, all).tag()).isEqualTo("direct");
        then(lookedUp).isEmpty();
        then(route(WEB, DomainStrategy.IP_IF_NON_MATCH, inside).tag()).isEqualTo("refuse");
        then(lookedUp).containsExactly("shop.example");
        then(route(WEB, DomainStrategy.IP_ON_DEMAND, inside, all).tag()).isEqualTo("refuse");
        then(lookedUp).hasSize(2);
    }

    @Test
    void only_what_was_judged_is_dialled() {
        names.put("shop.example", List.of(address("10.0.0.1"), address("192.0.2.7"), address("192.0.2.8")));
        Route route = route(
                WEB, DomainStrategy.IP_ON_DEMAND, Rule.any().ip("192.0.2.0/24").to("direct"));
        then(route.request().addresses()).containsExactly(address("192.0.2.7"), address("192.0.2.8"));
        then(route.request().destination()).isEqualTo(WEB.destination());
    }

    @Test
    void a_name_that_does_not_resolve_is_not_looked_up_again() {
        Rule inside = Rule.any().ip("geoip:private").to("refuse");
        Route direct =
                route(WEB, DomainStrategy.IP_ON_DEMAND, inside, Rule.any().to("direct"));
        then(direct.tag()).isEqualTo("direct");
        then(direct.unresolved()).isInstanceOf(UnknownHostException.class);
        then(direct.request().addresses()).isEmpty();
        then(route(WEB, DomainStrategy.AS_IS, inside, Rule.any().to("direct")).unresolved())
                .isNull();
    }

    @Test
    void names_that_are_made_up_are_never_looked_up() {
        Request request = new Request(Destination.tcp("made-up.example", 0), "bridge");
        then(route(
                                request,
                                DomainStrategy.IP_ON_DEMAND,
                                Rule.any().ip("0.0.0.0/0").to("web"),
                                Rule.any().to("proxy"))
                        .tag())
                .isEqualTo("proxy");
        then(lookedUp).isEmpty();
    }

    @Test
    void no_name_is_looked_up_for_a_rule_that_cannot_match_anyway() {
        then(route(
                                WEB,
                                DomainStrategy.IP_ON_DEMAND,
                                Rule.any().ip("10.0.0.0/8").port(81).to("refuse"),
                                Rule.any()
                                        .ip("10.0.0.0/8")
                                        .when(request -> false)
                                        .to("refuse"),
                                Rule.any().to("direct"))
                        .tag())
                .isEqualTo("direct");
        then(lookedUp).isEmpty();
    }

    @Test
    void a_program_is_asked_when_all_else_holds() {
        List<Request> asked = new ArrayList<>();
        Rule rule = Rule.any().when(asked::add).domain("shop").port(81).to("refuse");
        then(route(WEB, DomainStrategy.AS_IS, rule).tag()).isEmpty();
        then(asked).isEmpty();
        Request other = WEB.to(Destination.tcp("shop.example", 81));
        then(route(other, DomainStrategy.AS_IS, rule).tag()).isEqualTo("refuse");
        then(asked).containsExactly(other);
    }

    @Test
    void all_rules_are_asked_again_when_a_name_was_resolved_for_none() {
        names.put("shop.example", List.of(address("10.0.0.1")));
        Route route = route(
                WEB,
                DomainStrategy.IP_IF_NON_MATCH,
                Rule.any().ip("10.0.0.0/8").port(80).to("proxy"),
                Rule.any().ip("10.0.0.0/8").to("web"));
        then(route.tag()).isEqualTo("proxy");
        then(lookedUp).containsExactly("shop.example");
    }

    @Test
    void a_name_that_does_not_resolve_goes_where_everything_else_goes() {
        otherwise = "proxy";
        Route route = route(
                WEB, DomainStrategy.IP_IF_NON_MATCH, Rule.any().ip("0.0.0.0/0").to("web"));
        then(route.tag()).isEqualTo("proxy"); // which may know it
        then(route.unresolved()).isInstanceOf(UnknownHostException.class);
    }

    @Test
    void one_of_many_addresses_is_enough_and_those_of_both_families_count() {
        names.put("shop.example", List.of(address("192.0.2.1"), address("2001:db8::1"), address("10.0.0.1")));
        Rule inside = Rule.any().ip("10.0.0.0/8", "2001:db8::/32").to("direct");
        Route route = route(WEB, DomainStrategy.IP_ON_DEMAND, inside);
        then(route.request().addresses()).containsExactly(address("2001:db8::1"), address("10.0.0.1"));
        Rule outside = Rule.any().ip("!10.0.0.0/8", "!fd00::/8").to("direct");
        then(route(WEB, DomainStrategy.IP_ON_DEMAND, outside).request().addresses())
                .containsExactly(address("192.0.2.1"), address("2001:db8::1"));
    }

    @Test
    void an_explanation_has_a_reason_for_each_condition_that_does_not_hold() {
        Rule[] rules = {
            Rule.inbound("other").to("web"),
            Rule.any().domain("full:other.example").to("web"),
            Rule.any().port(81).to("web"),
            Rule.any().network(Network.UDP).to("web"),
            Rule.any().user("alice").to("web"),
            Rule.any().protocol("tls").to("web"),
            Rule.any().source("10.0.0.0/8").to("web"),
            Rule.any().sourcePorts("1-9").to("web"),
            Rule.any().local("10.0.0.1").to("web"),
            Rule.any().localPorts("80").to("web"),
            Rule.any().when(request -> false).to("web"),
            Rule.any().ip("10.0.0.0/8").to("web"),
        };
        then(reasons(WEB, DomainStrategy.AS_IS, rules))
                .containsExactly(
                        "inbound: external (expected: other)",
                        "domain: shop.example (expected: full:other.example)",
                        "port: 80 (expected: 81)",
                        "network: tcp (expected: udp)",
                        "user: none (expected: alice)",
                        "protocol: none (expected: tls)",
                        "source: not known (expected: 10.0.0.0/8)",
                        "sourcePort: not known (expected: 1-9)",
                        "local: not known (expected: 10.0.0.1)",
                        "localPort: not known (expected: 80)",
                        "when: it does not (expected: a program says so)",
                        "ip: a name that is not looked up (expected: 10.0.0.0/8)");
        Rule inside = Rule.any().ip("10.0.0.0/8").to("web");
        then(reasons(WEB, DomainStrategy.IP_ON_DEMAND, inside))
                .containsExactly("ip: a name that does not resolve (expected: 10.0.0.0/8)");
        names.put("shop.example", List.of(address("192.0.2.1"), address("2001:db8::1")));
        then(reasons(WEB, DomainStrategy.IP_IF_NON_MATCH, inside))
                .containsExactly("ip: 192.0.2.1, 2001:db8:0:0:0:0:0:1 (expected: 10.0.0.0/8)");
        Request address = new Request(Destination.tcp("192.0.2.1", 80), "external");
        then(reasons(address, DomainStrategy.AS_IS, Rule.any().domain("a").to("web")))
                .containsExactly("domain: none (expected: a)");
    }

    private List<String> reasons(Request request, DomainStrategy strategy, Rule... rules) {
        return router(strategy, rules).explain(request).join().earlier().stream()
                .map(Explanation.Step::reason)
                .toList();
    }

    @Test
    void an_explanation_says_where_everything_else_goes() {
        otherwise = "proxy";
        Explanation told = router(DomainStrategy.AS_IS, Rule.any().port(81).to("web"))
                .explain(WEB)
                .join();
        then(told.to()).isEqualTo("proxy");
        then(told.rule()).isNull();
        then(told.refusal()).isEmpty();
        then(told.toString()).endsWith("no rule matches, so to \"proxy\"");
    }

    @Test
    void an_explanation_fails_as_the_program_does_that_is_asked() {
        RuleRouter router = router(
                DomainStrategy.AS_IS,
                Rule.any()
                        .when(request -> {
                            throw new IllegalArgumentException("a mistake of the application's");
                        })
                        .to("web"));
        thenThrownBy(() -> router.explain(WEB).join()).hasMessageContaining("a mistake of the application's");
    }
}
