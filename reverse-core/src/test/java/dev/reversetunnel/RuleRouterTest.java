package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
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
}
