package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Datagrammers.Echo;
import dev.reversetunnel.Datagrammers.Visitor;
import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rules in running nodes: what is dialled, what is refused, and what changes while sessions are open. */
@ExtendWith(BufferLeakExtension.class)
class RoutingTest {
    private final Heard heard = new Heard();
    private final Names names = new Names();

    /** A name server whose answers change; the last one stays. */
    private static final class Names implements NameService {
        private final Map<String, Queue<List<InetAddress>>> answers = new ConcurrentHashMap<>();
        final List<String> asked = new CopyOnWriteArrayList<>();

        @SafeVarargs
        final void put(String name, List<String>... inTurn) {
            Queue<List<InetAddress>> all = new ArrayDeque<>();
            for (List<String> texts : inTurn) {
                all.add(texts.stream().map(Names::address).toList());
            }
            answers.put(name, all);
        }

        private static InetAddress address(String text) {
            try {
                return InetAddress.getByName(text);
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(e);
            }
        }

        @Override
        public synchronized List<InetAddress> lookUp(String host) throws UnknownHostException {
            asked.add(host);
            Queue<List<InetAddress>> all = answers.get(host);
            List<InetAddress> next = all == null ? null : all.size() > 1 ? all.remove() : all.peek();
            if (next == null || next.isEmpty()) {
                throw new UnknownHostException(host);
            }
            return next;
        }
    }

    private static PortInbound visitors(String host, int port) {
        return Inbound.port(0).address("127.0.0.1").to(host, port);
    }

    private ReverseTunnel.Builder node() {
        return ReverseTunnel.node().names(names).listener(heard);
    }

    private static String visit(ReverseTunnel node, String inbound) throws IOException {
        try (Socket visitor = Tunnels.connect(node.port(inbound))) {
            return Tunnels.say(visitor, "hello");
        }
    }

    // ---- what was judged is what is dialled ----

    @Test
    void a_name_that_changes_its_address_after_it_was_judged_is_dialled_where_it_was_judged() throws Exception {
        names.put("rebind.example", List.of("127.0.0.1"), List.of("127.0.0.2"));
        AtomicInteger inside = new AtomicInteger();
        try (Origin allowed = Origin.echo();
                Origin forbidden = new Origin(socket -> inside.incrementAndGet());
                ReverseTunnel node = node().inbound("in", visitors("rebind.example", allowed.port()))
                        .outbound("direct", Outbound.direct().allowPrivate())
                        .outbound("refuse", Outbound.refuse())
                        .route(Rule.any().ip("127.0.0.2").to("refuse"))
                        .route(Rule.any().to("direct"))
                        .start()) {
            then(visit(node, "in")).isEqualTo("hello");
            then(names.asked).containsExactly("rebind.example");
            Tunnels.thenResets(node.port("in"));
            then(heard.of("refused"))
                    .containsExactly("refused tcp:rebind.example:" + allowed.port() + ": by the rule to \"refuse\"");
            then(inside).hasValue(0);
            then(forbidden.sockets).isEmpty();
        }
    }

    @Test
    void an_address_that_did_not_match_is_not_tried_after_one_that_did() throws Exception {
        AtomicInteger visits = new AtomicInteger();
        try (Origin origin = new Origin(socket -> visits.incrementAndGet());
                ReverseTunnel node = node().inbound("in", visitors("two.example", origin.port()))
                        .outbound("direct", Outbound.direct().allowPrivate())
                        .route(Rule.any().ip("127.0.0.2").to("direct"))
                        .start()) {
            names.put("two.example", List.of("127.0.0.2", "127.0.0.1")); // at the first of them nobody listens
            Tunnels.thenResets(node.port("in"));
            then(heard.of("failed")).singleElement().asString().contains("cannot reach tcp:two.example");
            then(visits).hasValue(0);
        }
    }

    @Test
    void a_name_that_does_not_resolve_for_the_rules_is_not_asked_again_for_the_dial() throws Exception {
        names.put("late.example", List.of(), List.of("127.0.0.1"));
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node().inbound("in", visitors("late.example", origin.port()))
                        .outbound("direct", Outbound.direct().allowPrivate())
                        .outbound("refuse", Outbound.refuse())
                        .route(Rule.any().ip("127.0.0.0/8").to("refuse"))
                        .route(Rule.any().to("direct"))
                        .start()) {
            Tunnels.thenResets(node.port("in"));
            then(names.asked).containsExactly("late.example");
            then(heard.of("failed")).singleElement().asString().contains("does not resolve");
        }
    }

    @Test
    void datagrams_go_to_the_address_that_was_judged() throws Exception {
        names.put("rebind.example", List.of("127.0.0.1"), List.of("127.0.0.2"));
        try (Echo echo = new Echo("");
                ReverseTunnel node = node().inbound("in", AnyTarget.server())
                        .outbound("direct", Outbound.direct().allowPrivate())
                        .outbound("refuse", Outbound.refuse())
                        .route(Rule.any().ip("127.0.0.2").to("refuse"))
                        .route(Rule.any().to("direct"))
                        .start();
                Visitor visitor = new Visitor(node.port("in"))) {
            Destination name = Destination.udp("rebind.example", echo.port());
            for (String text : List.of("one", "two")) { // the first one's answer is kept for the whole flow
                AnyTarget.send(visitor, name, text);
                then(AnyTarget.receive(visitor)).isEqualTo("udp:127.0.0.1:" + echo.port() + " " + text);
            }
            then(names.asked).containsExactly("rebind.example");
            AnyTarget.send(visitor, Destination.udp("127.0.0.2", echo.port()), "inside");
            await().until(() -> !heard.of("refused").isEmpty());
        }
    }

    @Test
    void a_name_that_was_judged_apart_for_two_ports_is_sent_to_where_both_allow_it() throws Exception {
        names.put("two.example", List.of("127.0.0.2", "127.0.0.1"));
        try (Echo one = new Echo("one ");
                Echo other = new Echo("other ");
                ReverseTunnel node = node().inbound("in", AnyTarget.server())
                        .outbound("direct", Outbound.direct().allowPrivate())
                        .route(Rule.any().port(one.port()).ip("127.0.0.1").to("direct"))
                        .route(Rule.any().ip("127.0.0.0/8").to("direct"))
                        .start();
                Visitor visitor = new Visitor(node.port("in"))) {
            AnyTarget.send(visitor, Destination.udp("two.example", one.port()), "hello");
            then(AnyTarget.receive(visitor)).isEqualTo("udp:127.0.0.1:" + one.port() + " one hello");
            AnyTarget.send(visitor, Destination.udp("two.example", other.port()), "hello");
            then(AnyTarget.receive(visitor)).isEqualTo("udp:127.0.0.1:" + other.port() + " other hello");
        }
    }

    @Test
    void an_outbound_that_dials_a_name_itself_dials_where_it_was_judged() throws Exception {
        names.put("rebind.example", List.of("127.0.0.1"), List.of("127.0.0.2"));
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node().inbound("in", visitors("rebind.example", 1))
                        .outbound(
                                "other port",
                                (request, dialer) -> Outbound.to(
                                                request.destination().host(), origin.port())
                                        .connect(request, dialer))
                        .route(Rule.any().ip("127.0.0.1").to("other port"))
                        .start()) {
            then(visit(node, "in")).isEqualTo("hello");
            then(names.asked).containsExactly("rebind.example");
        }
    }

    // ---- private ranges ----

    @Test
    void what_is_private_is_refused_unless_a_rule_allows_it() throws Exception {
        names.put("inside.example", List.of("127.0.0.1"));
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node().inbound("open", visitors("inside.example", origin.port()))
                        .inbound("closed", visitors("inside.example", origin.port()))
                        .outbound("direct", Outbound.direct())
                        .route(Rule.inbound("open")
                                .ip("127.0.0.1")
                                .allowPrivate()
                                .to("direct"))
                        .route(Rule.any().to("direct"))
                        .start()) {
            then(visit(node, "open")).isEqualTo("hello");
            Tunnels.thenResets(node.port("closed"));
            then(heard.of("refused")).singleElement().asString().contains("private, loopback and link-local");
            then(node.snapshot().refused()).isEqualTo(1);
        }
    }

    @Test
    void a_private_target_of_datagrams_is_refused_and_told_once() throws Exception {
        names.put("inside.example", List.of("127.0.0.1"));
        try (Echo echo = new Echo("");
                ReverseTunnel node = node().inbound("in", AnyTarget.server())
                        .outbound("direct", Outbound.direct())
                        .route(Rule.any().ip("192.0.2.1").to("direct"))
                        .route(Rule.any().to("direct"))
                        .start();
                Visitor visitor = new Visitor(node.port("in"))) {
            AnyTarget.send(visitor, Destination.udp("inside.example", echo.port()), "one");
            AnyTarget.send(visitor, Destination.udp("inside.example", echo.port()), "two");
            await().until(() -> node.snapshot().droppedDatagrams() == 2);
            then(heard.of("refused")).singleElement().asString().contains("inside.example", "private");
            then(echo.sources).isEmpty();
        }
    }

    @Test
    void private_addresses_are_allowed_for_direct_only() {
        thenThrownBy(() -> node().inbound("in", visitors("a.example", 1))
                        .outbound("out", Outbound.to("192.0.2.1", 80))
                        .route(Rule.any().allowPrivate().to("out"))
                        .start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("allows private addresses, yet \"out\" is no Outbound.direct()");
    }

    // ---- names are looked up off the loops ----

    @Test
    void a_look_up_that_hangs_holds_up_nobody_else() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (Origin origin = Origin.echo();
                ReverseTunnel node = ReverseTunnel.node()
                        .eventLoops(loop)
                        .names(host -> {
                            try {
                                answer.await(20, TimeUnit.SECONDS);
                            } catch (InterruptedException e) {
                                throw new UnknownHostException(host);
                            }
                            return List.of(InetAddress.getAllByName("127.0.0.1"));
                        })
                        .inbound("slow", visitors("slow.example", origin.port()))
                        .inbound("quick", visitors("127.0.0.1", origin.port()))
                        .outbound("direct", Outbound.direct().allowPrivate())
                        .route(Rule.any().ip("127.0.0.0/8").to("direct"))
                        .start();
                Socket waiting = Tunnels.connect(node.port("slow"))) {
            for (int i = 0; i < 20; i++) {
                then(visit(node, "quick")).isEqualTo("hello");
            }
            answer.countDown();
            then(Tunnels.say(waiting, "at last")).isEqualTo("at last");
        } finally {
            loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        }
    }

    @Test
    void rendezvous_domains_are_never_looked_up() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel portal = node().inbound("tunnels", Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                        .inbound("visitors", visitors("127.0.0.1", 80))
                        .portal("portal", Tunnels.DOMAIN)
                        .outbound("refuse", Outbound.refuse())
                        .route(Rule.any().ip("192.0.2.0/24").to("refuse"))
                        .route(Rule.any().to("portal"))
                        .start();
                ReverseTunnel bridge = node().bridge("bridge", Tunnels.DOMAIN)
                        .outbound("dial", Plain.client(Transport.tcp(), portal.port("tunnels")))
                        .outbound("origin", Outbound.to("127.0.0.1", origin.port()))
                        .outbound("refuse", Outbound.refuse())
                        .route(Rule.any().ip("192.0.2.0/24").to("refuse"))
                        .route(Rule.inbound("bridge")
                                .domain("full:" + Tunnels.DOMAIN)
                                .to("dial"))
                        .route(Rule.any().to("origin"))
                        .start()) {
            bridge.ready("bridge").get(10, TimeUnit.SECONDS);
            then(visit(portal, "visitors")).isEqualTo("hello");
            then(names.asked).isEmpty();
        }
    }

    // ---- rules that change ----

    @Test
    void new_rules_decide_about_new_sessions_and_leave_the_old_ones_alone() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node().inbound("in", visitors("192.0.2.1", 80))
                        .outbound("origin", Outbound.to("127.0.0.1", origin.port()))
                        .outbound("refuse", Outbound.refuse())
                        .route(Rule.any().to("origin"))
                        .start();
                Socket before = Tunnels.connect(node.port("in"))) {
            then(Tunnels.say(before, "one")).isEqualTo("one");
            node.reroute(Rule.any().to("refuse"));
            Tunnels.thenResets(node.port("in"));
            then(Tunnels.say(before, "two")).isEqualTo("two");
            node.reroute(Rule.inbound("in").to("origin"));
            then(visit(node, "in")).isEqualTo("hello");
        }
    }

    @Test
    void rules_that_do_not_fit_change_nothing() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node().inbound("in", visitors("192.0.2.1", 80))
                        .portal("portal", Tunnels.DOMAIN)
                        .outbound("origin", Outbound.to("127.0.0.1", origin.port()))
                        .route(Rule.inbound("in").to("origin"), Rule.any().to("portal"))
                        .start()) {
            thenThrownBy(() -> node.reroute(
                            Rule.any().to("nowhere"), Rule.any().ip("geoip:de").to("origin")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("leads to no outbound, portal or balancer (known: [origin, portal])")
                    .hasMessageContaining("\"geoip:de\" (no lists were given; call geo(...))")
                    .hasMessageContaining("no rule leads to portal \"portal\"");
            thenThrownBy(() -> node.reroute(Rule.any()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("leads nowhere");
            then(visit(node, "in")).isEqualTo("hello");
        }
    }

    // ---- explanations ----

    @Test
    void an_explanation_says_which_rule_decided_and_why_the_earlier_ones_did_not() throws Exception {
        names.put("shop.example", List.of("192.0.2.7", "198.51.100.1"));
        Rule web = Rule.any().ports("80,443").named("web").to("direct");
        Rule private_ =
                Rule.any().ip("geoip:private").domain("domain:other.example").to("refuse");
        Rule wanted = Rule.any().ip("192.0.2.0/24").to("direct");
        try (ReverseTunnel node = node().inbound("in", visitors("127.0.0.1", 80))
                .portal("portal", Tunnels.DOMAIN)
                .outbound("direct", Outbound.direct())
                .outbound("refuse", Outbound.refuse())
                .route(web, private_, wanted)
                .route(Rule.inbound("elsewhere").to("portal"))
                .route(Rule.any().ip("10.0.0.0/8").to("refuse"))
                .start()) {
            Explanation told = explain(node, "shop.example", 8080);
            then(told.rule()).isSameAs(wanted);
            then(told.to()).isEqualTo("direct");
            then(told.outbounds()).containsExactly("direct");
            then(told.addresses()).containsExactly(InetAddress.getByName("192.0.2.7"));
            then(told.refusal()).isEmpty();
            then(told.earlier()).extracting(Explanation.Step::rule).containsExactly(web, private_);
            then(told.earlier())
                    .extracting(Explanation.Step::reason)
                    .containsExactly(
                            "port: 8080 (expected: 80,443)", "domain: shop.example (expected: domain:other.example)");
            then(told.toString())
                    .contains("\"web\", port 80,443 to \"direct\": no, port: 8080")
                    .contains("ip 192.0.2.0/24 to \"direct\": yes, at [");

            then(explain(node, "10.1.2.3", 22).refusal()).isEqualTo("by the rule to \"refuse\"");
            Explanation none = explain(node, "8.8.8.8", 22);
            then(none.rule()).isNull();
            then(none.refusal()).isEqualTo("no rule allows it");
            then(none.earlier()).hasSize(5);
            then(explain(node, Tunnels.DOMAIN, 22).refusal()).contains("domain of portal \"portal\"");
        }
    }

    private static Explanation explain(ReverseTunnel node, String host, int port) throws Exception {
        return node.explain(new Request(Destination.tcp(host, port), "in")).get(10, TimeUnit.SECONDS);
    }

    @Test
    void a_program_that_throws_ends_its_request_alone() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node().inbound("in", visitors("192.0.2.1", 80))
                        .inbound("bad", visitors("192.0.2.2", 80))
                        .outbound("origin", Outbound.to("127.0.0.1", origin.port()))
                        .route(Rule.inbound("bad")
                                .when(request -> {
                                    throw new IllegalArgumentException("a mistake of the application's");
                                })
                                .to("origin"))
                        .route(Rule.any().to("origin"))
                        .start()) {
            Tunnels.thenResets(node.port("bad"));
            then(visit(node, "in")).isEqualTo("hello");
            then(heard.of("failed")).singleElement().asString().contains("a mistake of the application's");
        }
    }
}
