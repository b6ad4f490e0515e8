package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.DOMAIN;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a user may do, how much of it, and for how long: of a node whose users are told apart. */
class UserLimitsTest {
    private static final String OTHER = "reverse.other.internal";

    private final Heard heard = new Heard();

    private ReverseTunnel node(Map<String, Grant> users, int origin) throws TunnelException {
        return ReverseTunnel.node()
                .inbound("in", Plain.server(users))
                .inbound("web", Inbound.port(0).address("127.0.0.1"))
                .portal("shop", DOMAIN)
                .portal("other", OTHER)
                .outbound("origin", Outbound.to("127.0.0.1", origin))
                .route(
                        Rule.inbound("in").domain("full:" + DOMAIN).to("shop"),
                        Rule.inbound("in").domain("full:" + OTHER).to("other"),
                        Rule.inbound("in")
                                .user("carol")
                                .domain("full:" + ControlName.REVERSE)
                                .to("other"),
                        Rule.inbound("in").domain("full:" + ControlName.REVERSE).to("shop"),
                        Rule.inbound("in").to("origin"),
                        Rule.inbound("web").to("shop"))
                .waitForBridge(Duration.ofMillis(50))
                .listener(heard)
                .start();
    }

    private static Bridge bridge(ReverseTunnel node, String user, String domain, int origin) throws TunnelException {
        return ReverseTunnel.bridge(user)
                .domain(domain)
                .connect(Plain.client(node.port("in"), user))
                .forward("127.0.0.1", origin)
                .start();
    }

    /** A user's own node, by whose port he is a client of the other one. */
    private static ReverseTunnel client(ReverseTunnel node, String user) throws TunnelException {
        return ReverseTunnel.node()
                .inbound("local", Inbound.port(0).address("127.0.0.1").to("192.0.2.1", 80))
                .outbound("server", Plain.client(node.port("in"), user))
                .route(Rule.any().to("server"))
                .start();
    }

    private UserSnapshot user(ReverseTunnel node, String name) {
        return node.snapshot().users().stream()
                .filter(user -> user.user().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void registers_its_own_domain_and_no_other() throws Exception {
        Map<String, Grant> users = Map.of("alice", Grant.register(DOMAIN), "bob", Grant.register(OTHER));
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(users, origin.port());
                Bridge alice = bridge(node, "alice", DOMAIN, origin.port());
                Bridge thief = bridge(node, "bob", DOMAIN, 1)) {
            alice.awaitReady(Duration.ofSeconds(10));
            await().until(() -> !heard.of("refused").isEmpty());
            then(heard.of("refused").get(0)).contains(DOMAIN, "only a user who may register");
            then(node.snapshot().tunnels()).extracting(TunnelSnapshot::user).containsOnly("alice");
            then(thief.ready()).isNotDone();
            try (Socket visitor = Tunnels.connect(node.port("web"))) {
                then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            }
        }
    }

    @Test
    void registers_by_command_at_its_own_portal_and_no_other() throws Exception {
        Map<String, Grant> users = Map.of("bob", Grant.registerAt("other"), "carol", Grant.registerAt("other"));
        try (ReverseTunnel node = node(users, 1);
                Bridge thief = ReverseTunnel.bridge("bob")
                        .connect(Plain.reverseClient(Transport.tcp(), node.port("in"), "bob"))
                        .forward("127.0.0.1", 1)
                        .start();
                Bridge carol = ReverseTunnel.bridge("carol")
                        .connect(Plain.reverseClient(Transport.tcp(), node.port("in"), "carol"))
                        .forward("127.0.0.1", 1)
                        .start()) {
            carol.awaitReady(Duration.ofSeconds(10));
            await().until(() -> !heard.of("refused").isEmpty());
            then(heard.of("refused").get(0)).contains("user \"bob\" may not register with portal \"shop\"");
            then(node.snapshot().tunnels()).extracting(TunnelSnapshot::owner).containsOnly("other");
            then(thief.ready()).isNotDone();
        }
    }

    @Test
    void has_so_many_tunnels_and_no_more() throws Exception {
        try (ReverseTunnel node = node(Map.of("alice", Grant.REGISTER.maxTunnels(2)), 1);
                Bridge many = ReverseTunnel.bridge("many")
                        .domain(DOMAIN)
                        .connect(Plain.client(node.port("in"), "alice"))
                        .forward("127.0.0.1", 1)
                        .tunnels(3, 3)
                        .start()) {
            await().until(() -> !heard.of("refused").isEmpty());
            then(heard.of("refused").get(0)).contains("user \"alice\" has 2 tunnels, and may not have more");
            then(node.snapshot().tunnels()).hasSize(2);
            then(user(node, "alice").tunnels()).isEqualTo(2);
            then(user(node, "alice").refused()).isPositive();
            then(many.ready()).isDone();
        }
    }

    @Test
    void its_visitors_have_so_many_sessions_and_no_more() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(Map.of("alice", Grant.REGISTER.maxSessions(2)), origin.port());
                Bridge bridge = bridge(node, "alice", DOMAIN, origin.port())) {
            bridge.awaitReady(Duration.ofSeconds(10));
            try (Socket one = Tunnels.connect(node.port("web"));
                    Socket two = Tunnels.connect(node.port("web"))) {
                then(Tunnels.say(one, "one")).isEqualTo("one");
                then(Tunnels.say(two, "two")).isEqualTo("two");
                then(user(node, "alice").sessions()).isEqualTo(2);
                Tunnels.thenResets(node.port("web"));
                then(heard.of("refused"))
                        .singleElement()
                        .asString()
                        .contains("user \"alice\" has 2 sessions, and may not have more");
                heard.limits.thenTold(Limit.SESSIONS_PER_USER, node.snapshot(), 1);
                then(Tunnels.say(one, "again")).isEqualTo("again");
            }
            await().until(() -> user(node, "alice").sessions() == 0);
            try (Socket next = Tunnels.connect(node.port("web"))) {
                then(Tunnels.say(next, "next")).isEqualTo("next");
            }
        }
    }

    @Test
    void a_visitor_who_gets_another_users_tunnel_is_not_refused() throws Exception {
        Map<String, Grant> users = Map.of("alice", Grant.REGISTER.maxSessions(1), "bob", Grant.REGISTER);
        List<Socket> visitors = new ArrayList<>();
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(users, origin.port());
                Bridge alice = bridge(node, "alice", DOMAIN, origin.port());
                Bridge bob = bridge(node, "bob", DOMAIN, origin.port())) {
            alice.awaitReady(Duration.ofSeconds(10));
            bob.awaitReady(Duration.ofSeconds(10));
            for (int i = 0; i < 5; i++) {
                visitors.add(Tunnels.connect(node.port("web")));
                then(Tunnels.say(visitors.get(i), "hello")).isEqualTo("hello");
            }
            then(user(node, "alice").sessions()).isEqualTo(1);
            then(user(node, "bob").sessions()).isEqualTo(4);
            then(node.snapshot().limits()).isEmpty();
        } finally {
            for (Socket visitor : visitors) {
                visitor.close();
            }
        }
    }

    @Test
    void its_tunnel_that_is_cut_within_a_frame_ends_for_that_reason_and_no_other() throws Exception {
        try (Portal portal = Tunnels.portal(0).listener(heard).start();
                HostilePeer bridge = HostilePeer.bridge(portal.port("tunnels"), DOMAIN)) {
            then(bridge.outcome("000c 0001 02")).isEqualTo(HostilePeer.Outcome.NOTHING); // half of a frame has come
            portal.revoke(Plain.TESTER);
            await().until(() -> !heard.of("down").isEmpty());
            then(heard.of("down")).containsExactly("down 1: the credential of its user was revoked");
            then(heard.of("error")).isEmpty();
        }
    }

    @Test
    void is_client_of_so_many_sessions_and_no_more() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(Map.of("alice", Grant.CONNECT.maxSessions(1)), origin.port());
                ReverseTunnel client = client(node, "alice");
                Socket one = Tunnels.connect(client.port("local"))) {
            then(Tunnels.say(one, "one")).isEqualTo("one");
            thenThrownBy(() -> {
                        try (Socket two = Tunnels.connect(client.port("local"))) {
                            Tunnels.say(two, "two");
                            two.getInputStream().read();
                        }
                    })
                    .isInstanceOf(SocketException.class);
            then(heard.of("refused")).singleElement().asString().contains("has 1 sessions, and may not have more");
        }
    }

    /** Of a server that waits a day for what its users say first: as long as they say nothing, nothing is decided. */
    private ReverseTunnel patient(Grant grant, int origin) throws TunnelException {
        Sniffing sniffing = Sniffing.of("http").patience(Duration.ofDays(1));
        return ReverseTunnel.node()
                .inbound("in", Plain.server(Transport.tcp(), 0, grant, sniffing))
                .outbound("origin", Outbound.to("127.0.0.1", origin))
                .route(Rule.inbound("in").to("origin"))
                .listener(heard)
                .start();
    }

    @Test
    void who_has_not_said_a_word_is_counted_and_counted_once() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = patient(Grant.CONNECT.maxSessions(2), origin.port());
                ReverseTunnel client = client(node, Plain.TESTER)) {
            try (Socket one = Tunnels.connect(client.port("local"));
                    Socket two = Tunnels.connect(client.port("local"))) {
                await().until(() -> !node.snapshot().users().isEmpty()
                        && user(node, Plain.TESTER).sessions() == 2);
                Tunnels.thenResets(client.port("local"));
                then(heard.of("refused")).singleElement().asString().contains("has 2 sessions, and may not have more");
                then(heard.routed).isEmpty();
                then(Tunnels.say(one, "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"))
                        .startsWith("GET / HTTP/1.1");
                then(Tunnels.say(two, "hello")).isEqualTo("hello");
                then(heard.routed).hasSize(2);
                then(user(node, Plain.TESTER).sessions()).isEqualTo(2);
            }
            await().until(() -> user(node, Plain.TESTER).sessions() == 0);
        }
    }

    @Test
    void who_has_not_said_a_word_ends_when_he_is_revoked() throws Exception {
        try (ReverseTunnel node = patient(Grant.CONNECT, 1);
                ReverseTunnel client = client(node, Plain.TESTER);
                Socket silent = Tunnels.connect(client.port("local"))) {
            await().until(() -> !node.snapshot().users().isEmpty()
                    && user(node, Plain.TESTER).sessions() == 1);
            node.revoke("in", Plain.TESTER);
            silent.setSoTimeout(1_000);
            thenThrownBy(() -> silent.getInputStream().read()).isInstanceOf(SocketException.class);
            await().until(() -> user(node, Plain.TESTER).sessions() == 0);
        }
    }

    @Test
    void what_he_says_first_counts_like_the_rest() throws Exception {
        String request = "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n";
        int size = 100_000;
        try (Origin origin = new Origin(socket -> {
                    byte[] all = socket.getInputStream().readNBytes(request.length() + size);
                    socket.getOutputStream().write(all.length == request.length() + size ? 'y' : 'n');
                });
                ReverseTunnel node = patient(Grant.CONNECT.bytesPerSecond(200_000, 0), origin.port());
                ReverseTunnel client = client(node, Plain.TESTER);
                Socket visitor = Tunnels.connect(client.port("local"))) {
            visitor.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            visitor.getOutputStream().write(new byte[size]);
            then(visitor.getInputStream().read()).isEqualTo('y');
            then(user(node, Plain.TESTER).throttled()).isPositive();
        }
    }

    @Test
    void its_tunnels_end_when_it_is_revoked_and_come_back_when_it_is_restored() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(Map.of("alice", Grant.REGISTER), origin.port());
                Bridge bridge = bridge(node, "alice", DOMAIN, origin.port())) {
            bridge.awaitReady(Duration.ofSeconds(10));
            try (Socket visitor = Tunnels.connect(node.port("web"))) {
                then(Tunnels.say(visitor, "hello")).isEqualTo("hello");

                node.revoke("in", "alice");
                await().atMost(Duration.ofSeconds(1))
                        .until(() -> node.snapshot().tunnels().isEmpty());
                thenThrownBy(() -> visitor.getInputStream().read()).isInstanceOf(SocketException.class);
            }
            then(heard.of("down")).containsExactly("down 1: the credential of its user was revoked");
            then(heard.of("revoked")).containsExactly("revoked alice of in: true");
            then(user(node, "alice").revoked()).isTrue();
            node.revoke("in", "alice");
            then(heard.of("revoked")).hasSize(1);

            node.restore("in", "alice");
            await().until(() -> !node.snapshot().tunnels().isEmpty());
            then(heard.of("restored")).containsExactly("restored alice of in: false");
            try (Socket visitor = Tunnels.connect(node.port("web"))) {
                then(Tunnels.say(visitor, "again")).isEqualTo("again");
            }
        }
    }

    @Test
    void its_sessions_as_a_client_end_when_it_is_revoked_and_those_of_others_go_on() throws Exception {
        Map<String, Grant> users = Map.of("alice", Grant.CONNECT, "bob", Grant.CONNECT);
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(users, origin.port());
                ReverseTunnel alice = client(node, "alice");
                ReverseTunnel bob = client(node, "bob");
                Socket hers = Tunnels.connect(alice.port("local"));
                Socket his = Tunnels.connect(bob.port("local"))) {
            then(Tunnels.say(hers, "one")).isEqualTo("one");
            then(Tunnels.say(his, "two")).isEqualTo("two");
            node.revoke("in", "alice");
            hers.setSoTimeout(1_000);
            thenThrownBy(() -> hers.getInputStream().read()).isInstanceOf(SocketException.class);
            then(Tunnels.say(his, "three")).isEqualTo("three");
            thenThrownBy(() -> {
                        try (Socket more = Tunnels.connect(alice.port("local"))) {
                            Tunnels.say(more, "four");
                            more.getInputStream().read();
                        }
                    })
                    .isInstanceOf(SocketException.class);
            await().until(() -> user(node, "alice").sessions() == 0);
            then(user(node, "bob").sessions()).isEqualTo(1);
        }
    }

    @Test
    void a_server_that_does_not_ask_finds_the_user_refused_all_the_same() throws Exception {
        // Plain takes everybody at his word here
        try (Portal portal = Tunnels.portal(0).listener(heard).start()) {
            portal.revoke(Plain.TESTER);
            try (Bridge bridge = Tunnels.bridge(portal.port("tunnels"))
                    .forward("127.0.0.1", 1)
                    .start()) {
                await().until(() -> !heard.of("refused").isEmpty());
                then(heard.of("refused").get(0)).contains("the credential of user \"tester\" was revoked");
                then(bridge.ready()).isNotDone();
                then(portal.snapshot().tunnels()).isEmpty();
            }
        }
    }

    @Test
    void who_is_not_there_is_not_revoked() throws Exception {
        try (ReverseTunnel node = node(Map.of("alice", Grant.REGISTER), 1);
                Portal portal = Tunnels.portal()) {
            thenThrownBy(() -> node.revoke("in", "alcie"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("user: \"alcie\" (expected: one of [alice])");
            thenThrownBy(() -> node.revoke("inn", "alice")).hasMessage("inbound: \"inn\" (expected: one of [in, web])");
            thenThrownBy(() -> portal.revoke("alice")).hasMessage("user: \"alice\" (expected: one of [tester])");
        }
    }

    @Test
    void is_no_faster_than_it_may_be() throws Exception {
        int size = 300_000;
        try (Origin origin = new Origin(socket -> socket.getOutputStream().write(new byte[size]));
                ReverseTunnel node = node(Map.of("alice", Grant.REGISTER.bytesPerSecond(200_000, 0)), origin.port());
                Bridge bridge = bridge(node, "alice", DOMAIN, origin.port())) {
            bridge.awaitReady(Duration.ofSeconds(10));
            long began = System.nanoTime();
            List<Integer> lengths = new ArrayList<>();
            try (Socket visitor = Tunnels.connect(node.port("web"))) {
                lengths.add(visitor.getInputStream().readAllBytes().length);
            }
            then(lengths).containsExactly(size);
            // 25,000 at once, the rest at 200,000 a second: a machine that is slower shows nothing else
            then(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofSeconds(1));
            then(user(node, "alice").throttled()).isPositive();
            then(heard.of("throttled")).isNotEmpty();
        }
    }
}
