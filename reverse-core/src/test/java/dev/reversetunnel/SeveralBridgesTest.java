package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Several bridges on one domain: which of them a visitor gets, and who serves him when that one does not. */
class SeveralBridgesTest {
    private static final Map<String, Grant> USERS =
            Map.of("north", Grant.REGISTER, "south", Grant.REGISTER, "west", Grant.REGISTER);

    private static Portal portal(BridgePolicy policy) throws TunnelException {
        return ReverseTunnel.portal("edge")
                .domain(Tunnels.DOMAIN)
                .listen(Plain.server(USERS))
                .listen(Inbound.port(0).address("127.0.0.1"))
                .bridges(policy)
                .start();
    }

    private static Bridge.Builder builder(Portal portal, String user) {
        return ReverseTunnel.bridge(user).domain(Tunnels.DOMAIN).connect(Plain.client(portal.port("tunnels"), user));
    }

    /** A bridge to an origin that says its name. */
    private static Bridge bridge(Portal portal, String user, Origin origin) throws Exception {
        return Tunnels.ready(builder(portal, user).forward("127.0.0.1", origin.port()));
    }

    private static Origin saying(String name) throws IOException {
        return new Origin(socket -> {
            socket.getOutputStream().write((name + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            socket.getInputStream().transferTo(socket.getOutputStream());
        });
    }

    private static Socket visit(Portal portal, String from) throws IOException {
        Socket visitor = new Socket();
        visitor.setSoTimeout(Tunnels.SOCKET_TIMEOUT);
        visitor.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        visitor.connect(new InetSocketAddress(Tunnels.loopback(), portal.port("visitors")));
        return visitor;
    }

    private static String servedBy(Portal portal, String from) throws IOException {
        try (Socket visitor = visit(portal, from)) {
            String name = Tunnels.line(visitor.getInputStream());
            visitor.setSoLinger(true, 0);
            return name;
        }
    }

    private static Map<String, String> served(Portal portal) throws IOException {
        Map<String, String> by = new LinkedHashMap<>();
        for (int host = 2; host < 42; host++) {
            by.put("127.0.0." + host, servedBy(portal, "127.0.0." + host));
        }
        return by;
    }

    @Test
    void by_default_the_least_loaded_gets_the_next() throws Exception {
        try (Origin one = saying("north");
                Origin two = saying("south");
                Portal portal = portal(BridgePolicy.leastLoaded());
                Bridge north = bridge(portal, "north", one);
                Bridge south = bridge(portal, "south", two)) {
            List<Socket> visitors = new ArrayList<>();
            Map<String, Integer> counts = new LinkedHashMap<>();
            for (int i = 0; i < 12; i++) {
                Socket visitor = visit(portal, "127.0.0.1");
                visitors.add(visitor);
                counts.merge(Tunnels.line(visitor.getInputStream()), 1, Integer::sum);
            }
            then(counts).containsEntry("north", 6).containsEntry("south", 6);
            then(north.snapshot().bridges().get(0).sessions()).isEqualTo(6);
            then(south.snapshot().bridges().get(0).sessions()).isEqualTo(6);
            for (Socket visitor : visitors) {
                visitor.close();
            }
        }
    }

    @Test
    void a_source_stays_with_its_bridge_for_as_long_as_that_lives() throws Exception {
        try (Origin one = saying("north");
                Origin two = saying("south");
                Origin three = saying("west");
                Portal portal = portal(BridgePolicy.stickyBySource());
                Bridge north = bridge(portal, "north", one);
                Bridge south = bridge(portal, "south", two)) {
            Map<String, String> before = served(portal);
            then(Set.copyOf(before.values())).containsExactlyInAnyOrder("north", "south");
            then(served(portal)).isEqualTo(before);

            try (Bridge west = bridge(portal, "west", three)) {
                Map<String, String> withWest = served(portal);
                then(withWest.values()).contains("west");
                // those who did not go to the new one stay where they were
                then(withWest.entrySet().stream()
                                .filter(visitor -> !visitor.getValue().equals("west"))
                                .filter(visitor -> !before.get(visitor.getKey()).equals(visitor.getValue())))
                        .isEmpty();
                then(west.snapshot().tunnels()).hasSize(1);

                north.close();
                await().until(() -> portal.snapshot().tunnels().size() == 2);
                Map<String, String> withoutNorth = served(portal);
                then(withWest.entrySet().stream()
                                .filter(visitor -> !visitor.getValue().equals("north"))
                                .filter(visitor ->
                                        !withoutNorth.get(visitor.getKey()).equals(visitor.getValue())))
                        .isEmpty();
            }
            then(south.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void the_primary_gets_everybody_while_it_is_there() throws Exception {
        try (Origin one = saying("north");
                Origin two = saying("south");
                Origin three = saying("west");
                Portal portal = portal(BridgePolicy.primary("north", "south"));
                Bridge west = bridge(portal, "west", three);
                Bridge south = bridge(portal, "south", two)) {
            then(Set.copyOf(served(portal).values())).containsExactly("south");
            try (Bridge north = bridge(portal, "north", one)) {
                then(Set.copyOf(served(portal).values())).containsExactly("north");
                then(north.drain(java.time.Duration.ofSeconds(10))).isZero();
            }
            then(Set.copyOf(served(portal).values())).containsExactly("south");
            south.close();
            await().until(() -> portal.snapshot().tunnels().size() == 1);
            then(Set.copyOf(served(portal).values())).containsExactly("west");
            then(west.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void a_visitor_who_has_said_nothing_is_served_by_another_when_the_first_gives_him_up() throws Exception {
        Heard heard = new Heard();
        try (Origin two = saying("south");
                Portal portal = portal(BridgePolicy.primary("north"));
                Bridge north = Tunnels.ready(
                        builder(portal, "north").reach(Outbound.refuse()).listener(heard));
                Bridge south = bridge(portal, "south", two)) {
            for (int i = 0; i < 20; i++) {
                then(servedBy(portal, "127.0.0.1")).isEqualTo("south");
            }
            await().until(() -> heard.of("refused").size() == 20);
            try (Socket visitor = visit(portal, "127.0.0.1")) {
                then(Tunnels.line(visitor.getInputStream())).isEqualTo("south");
                then(Tunnels.say(visitor, "and on")).isEqualTo("and on");
            }
            then(north.snapshot().tunnels()).hasSize(1);
            then(south.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void what_a_visitor_said_goes_to_another_when_the_first_did_nothing_with_it() throws Exception {
        int nobody = Tunnels.freePort();
        try (Origin echo = Origin.echo();
                Portal portal = portal(BridgePolicy.primary("north", "west", "south"));
                Bridge north = Tunnels.ready(builder(portal, "north").reach(Outbound.refuse()));
                Bridge west = Tunnels.ready(builder(portal, "west").forward("127.0.0.1", nobody));
                Bridge south = bridge(portal, "south", echo)) {
            for (int i = 0; i < 20; i++) {
                try (Socket visitor = visit(portal, "127.0.0.1")) {
                    then(Tunnels.say(visitor, "hello " + i)).isEqualTo("hello " + i);
                    then(Tunnels.say(visitor, "and on")).isEqualTo("and on");
                    visitor.shutdownOutput();
                    then(visitor.getInputStream().read()).isEqualTo(-1);
                }
            }
            then(north.snapshot().refused()).isEqualTo(20);
            then(west.snapshot().failed()).isEqualTo(20);
            then(south.snapshot().failed()).isZero();
            then(portal.snapshot().failed()).isZero();
        }
    }

    @Test
    void when_none_of_them_can_serve_him_he_is_reset() throws Exception {
        try (Portal portal = portal(BridgePolicy.leastLoaded());
                Bridge north = Tunnels.ready(builder(portal, "north").reach(Outbound.refuse()));
                Bridge south = Tunnels.ready(builder(portal, "south").reach(Outbound.refuse()));
                Socket visitor = visit(portal, "127.0.0.1")) {
            thenThrownBy(() -> {
                        visitor.getOutputStream().write('?');
                        visitor.getInputStream().read();
                    })
                    .isInstanceOf(java.net.SocketException.class);
            then(north.snapshot().refused()).isEqualTo(1);
            then(south.snapshot().refused()).isEqualTo(1);
        }
    }

    @Test
    void what_an_origin_may_have_acted_on_is_never_sent_to_another() throws Exception {
        List<String> acted = new java.util.concurrent.CopyOnWriteArrayList<>();
        try (Origin one = new Origin(socket -> {
                    acted.add("north " + Tunnels.line(socket.getInputStream()));
                    socket.setSoLinger(true, 0); // a reset, in the middle of it
                });
                Origin two = new Origin(socket -> acted.add("south " + Tunnels.line(socket.getInputStream())));
                Portal portal = portal(BridgePolicy.primary("north"));
                Bridge north = bridge(portal, "north", one);
                Bridge south = bridge(portal, "south", two);
                Socket visitor = visit(portal, "127.0.0.1")) {
            visitor.getOutputStream().write("pay\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            thenThrownBy(() -> visitor.getInputStream().read()).isInstanceOf(java.net.SocketException.class);
            then(acted).containsExactly("north pay");
            then(north.snapshot().tunnels()).hasSize(1);
            then(south.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void more_than_is_kept_passes_as_ever() throws Exception {
        byte[] much = new byte[SessionRetry.MAX_KEPT * 20];
        new java.util.Random(7).nextBytes(much);
        try (Origin one = new Origin(socket -> {
                    byte[] all = socket.getInputStream().readNBytes(much.length);
                    socket.getOutputStream().write(all);
                });
                Portal portal = portal(BridgePolicy.leastLoaded());
                Bridge north = bridge(portal, "north", one);
                Bridge south = bridge(portal, "south", one)) {
            for (int i = 0; i < 10; i++) {
                try (Socket visitor = visit(portal, "127.0.0.1")) {
                    visitor.getOutputStream().write(much);
                    then(visitor.getInputStream().readNBytes(much.length)).isEqualTo(much);
                    then(visitor.getInputStream().read()).isEqualTo(-1);
                }
            }
            then(north.snapshot().failed() + south.snapshot().failed()).isZero();
        }
    }

    /** Nothing comes behind it that would push it out. */
    @Test
    void the_first_words_that_are_not_kept_are_not_held_back() throws Exception {
        byte[] kept = new byte[SessionRetry.MAX_KEPT - 1_000];
        byte[] more = new byte[2_000];
        try (Origin one = new Origin(socket -> {
                    socket.getInputStream().readNBytes(kept.length + more.length);
                    socket.getOutputStream().write('!');
                });
                Portal portal = portal(BridgePolicy.leastLoaded());
                Bridge north = bridge(portal, "north", one);
                Bridge south = bridge(portal, "south", one)) {
            for (int i = 0; i < 10; i++) {
                try (Socket visitor = visit(portal, "127.0.0.1")) {
                    long before = sentBy(portal);
                    visitor.getOutputStream().write(kept);
                    await().until(() -> sentBy(portal) - before >= kept.length);
                    visitor.getOutputStream().write(more);
                    then(visitor.getInputStream().read()).isEqualTo('!');
                }
            }
            then(north.snapshot().tunnels()).hasSize(1);
            then(south.snapshot().tunnels()).hasSize(1);
        }
    }

    private static long sentBy(Portal portal) {
        return portal.snapshot().tunnels().stream()
                .mapToLong(TunnelSnapshot::bytesSent)
                .sum();
    }

    @Test
    void a_bridge_that_came_back_is_picked_and_not_its_old_tunnel_that_answers_no_more() throws Exception {
        try (Origin one = saying("new");
                Portal portal = Tunnels.portal();
                FakeBridge old = FakeBridge.understanding(portal, ControlName.V2FLY)) {
            await().until(() -> old.control.contains("V2FLY ACTIVE"));
            await().until(() -> portal.snapshot().tunnels().size() == 1);
            Tunnels.goWithoutAWord(old.mux());
            try (Bridge back = Tunnels.bridge(portal, one.port())) {
                await().until(() -> portal.node().portals().iterator().next().pool().all().stream()
                        .anyMatch(PortalTunnel::isDoubted));
                List<String> by = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    by.add(servedBy(portal, "127.0.0.1"));
                }
                then(by.stream().collect(Collectors.groupingBy(name -> name, Collectors.counting())))
                        .isEqualTo(Map.of("new", 50L));
                then(back.snapshot().tunnels()).hasSize(1);
            }
        }
    }

    @Test
    void the_next_start_of_a_bridge_replaces_the_one_before_it_when_it_has_proved_itself() throws Exception {
        java.util.UUID id = java.util.UUID.randomUUID();
        try (Origin one = saying("old");
                Origin two = saying("new");
                Portal portal = Tunnels.portal();
                Bridge old = Tunnels.ready(
                        Tunnels.bridge(portal.port("tunnels")).identity(id).forward("127.0.0.1", one.port()));
                Socket stays = Tunnels.visit(portal)) {
            then(Tunnels.line(stays.getInputStream())).isEqualTo("old");
            List<PortalTunnel> tunnels =
                    portal.node().portals().iterator().next().pool().all();
            PortalTunnel before = tunnels.get(0);
            old.node().bridge("shop").tunnels().forEach(tunnel -> Tunnels.goWithoutAWord(tunnel.mux()));
            try (Bridge next = Tunnels.ready(Tunnels.bridge(portal.port("tunnels"))
                    .identity(id)
                    .clock(java.time.Clock.offset(java.time.Clock.systemUTC(), java.time.Duration.ofSeconds(1)))
                    .forward("127.0.0.1", two.port()))) {
                await().until(before::isReplaced);
                List<String> by = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    by.add(servedBy(portal, "127.0.0.1"));
                }
                then(by.stream().collect(Collectors.groupingBy(name -> name, Collectors.counting())))
                        .isEqualTo(Map.of("new", 50L));
                then(next.snapshot().tunnels()).hasSize(1);
                then(before.visitors()).isEqualTo(1);
            }
        }
    }

    @Test
    void a_bridge_beside_another_is_doubted_for_a_moment_only() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = Tunnels.portal();
                Bridge one = Tunnels.bridge(portal, origin.port());
                Bridge two = Tunnels.bridge(portal, origin.port())) {
            List<PortalTunnel> tunnels =
                    portal.node().portals().iterator().next().pool().all();
            await().until(() -> tunnels.stream().noneMatch(PortalTunnel::isDoubted));
            List<Socket> visitors = new ArrayList<>();
            for (int i : IntStream.range(0, 10).toArray()) {
                Socket visitor = Tunnels.visit(portal);
                visitors.add(visitor);
                then(Tunnels.say(visitor, "hello " + i)).isEqualTo("hello " + i);
            }
            then(one.snapshot().bridges().get(0).sessions()).isEqualTo(5);
            then(two.snapshot().bridges().get(0).sessions()).isEqualTo(5);
            for (Socket visitor : visitors) {
                visitor.close();
            }
        }
    }

    @Test
    void faults_are_told_at_the_desk() {
        thenThrownBy(() -> BridgePolicy.primary("north", "north"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("primary: [north, north] (expected: each user once)");
        thenThrownBy(() -> ReverseTunnel.portal("edge")
                        .bridges(BridgePolicy.leastLoaded())
                        .bridges(BridgePolicy.stickyBySource()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("bridges: already set to least loaded");
        thenThrownBy(() -> ReverseTunnel.node()
                        .inbound("in", Inbound.port(0))
                        .portal("edge", Tunnels.DOMAIN)
                        .bridges("edges", BridgePolicy.leastLoaded())
                        .start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("bridges: \"edges\" (expected: a portal, one of [edge])");
    }
}
