package dev.reversetunnel.users;

import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Grant;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.TunnelListener;
import dev.reversetunnel.TunnelSnapshot;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.http.HttpProxy;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.vless.Vless;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may register what, and reach what; and that a credential that was revoked is nobody's. */
class GrantsTest {
    private static final String HERS = "reverse.alice.internal";
    private static final String HIS = "reverse.bob.internal";
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Origin origin = Origin.start();
    private final List<String> refused = new CopyOnWriteArrayList<>();

    @AfterEach
    void closeTheOrigin() {
        origin.close();
    }

    private ReverseTunnel node(Inbound server) throws TunnelException {
        return ReverseTunnel.node()
                .inbound("in", server)
                .inbound("web", Inbound.port(0).address("127.0.0.1"))
                .portal("hers", HERS)
                .portal("his", HIS)
                .portal("office", "xn--bro-hoa.internal")
                .outbound("origin", Outbound.direct().allowPrivate())
                .route(
                        Rule.inbound("in").domain("full:" + HERS).to("hers"),
                        Rule.inbound("in").domain("full:" + HIS).to("his"),
                        Rule.inbound("in")
                                .domain("full:xn--bro-hoa.internal", "full:xn--bro-hoa.internal.")
                                .to("office"),
                        Rule.inbound("in").to("origin"),
                        Rule.inbound("web").to("hers"))
                .waitForBridge(Duration.ofMillis(50))
                .listener(new TunnelListener() {
                    @Override
                    public void requestRefused(Request request, String reason) {
                        refused.add(
                                request.user() + " to " + request.destination().host() + ": " + reason);
                    }
                })
                .start();
    }

    private Bridge bridge(Doors door, ReverseTunnel node, String user, String domain) throws TunnelException {
        return ReverseTunnel.bridge(user)
                .domain(domain)
                .connect(door.client(node.port("in"), user))
                .forward("127.0.0.1", origin.port())
                .start();
    }

    /** By whose port a user is a client of the node. */
    private ReverseTunnel client(Doors door, ReverseTunnel node, String user) throws TunnelException {
        return ReverseTunnel.node()
                .inbound("local", Inbound.port(0).address("127.0.0.1").to("127.0.0.1", origin.port()))
                .outbound("server", door.client(node.port("in"), user))
                .route(Rule.any().to("server"))
                .start();
    }

    private static void thenIsSentAway(ReverseTunnel client) {
        thenThrownBy(() -> {
                    try (Socket socket = Client.connect(client.port("local"))) {
                        Client.echo(socket, "x");
                    }
                })
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(SocketTimeoutException.class);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SHADOWSOCKS_2022_OF_ONE")
    void a_user_reaches_what_he_may_and_registers_nothing_of_another(Doors door) throws Exception {
        Grant hers = door.takesTunnels ? Grant.register(HERS) : Grant.CONNECT.maxSessions(5);
        Grant his = door.takesTunnels ? Grant.register(HIS).andConnect() : Grant.CONNECT;
        try (ReverseTunnel node = node(door.server(hers, his));
                ReverseTunnel alice = client(door, node, "alice");
                ReverseTunnel bob = client(door, node, "bob")) {
            try (Socket socket = Client.connect(bob.port("local"))) {
                then(Client.echo(socket, "bob")).isEqualTo("bob");
            }
            if (!door.takesTunnels) {
                try (Socket socket = Client.connect(alice.port("local"))) {
                    then(Client.echo(socket, "alice")).isEqualTo("alice");
                }
                return;
            }
            thenIsSentAway(alice);
            then(refused.get(0)).startsWith("alice to 127.0.0.1: user \"alice\" may register tunnels only");

            try (Bridge own = bridge(door, node, "alice", HERS);
                    Bridge thief = bridge(door, node, "bob", HERS)) {
                own.awaitReady(Duration.ofSeconds(10));
                await().until(() -> refused.stream().anyMatch(what -> what.startsWith("bob to " + HERS)));
                then(thief.ready()).isNotDone();
                then(node.snapshot().tunnels())
                        .extracting(TunnelSnapshot::owner, TunnelSnapshot::user)
                        .containsOnly(tuple("hers", "alice"));
                then(Client.get(node.port("web"))).isEqualTo(Origin.BODY);
            }
        }
    }

    /** Neither as a bridge nor as the client that he may be, too. Letters that are not ASCII are in no destination. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "reverse.alice.internal",
                "reverse.alice.internal.",
                "REVERSE.ALICE.INTERNAL",
                "Reverse.Alice.Internal.",
                "xn--bro-hoa.internal",
                "XN--BRO-HOA.internal."
            })
    void the_domain_of_another_is_registered_in_no_spelling(String spelt) throws Exception {
        Doors door = Doors.VLESS;
        try (ReverseTunnel node = node(door.server(
                        Grant.register(HERS, "b\u00fcro.internal"),
                        Grant.register(HIS).andConnect()));
                Bridge own = bridge(door, node, "alice", HERS);
                ReverseTunnel client = ReverseTunnel.node()
                        .inbound("local", Inbound.port(0).address("127.0.0.1").to(spelt, 80))
                        .outbound("server", door.client(node.port("in"), "bob"))
                        .route(Rule.any().to("server"))
                        .start()) {
            own.awaitReady(Duration.ofSeconds(10));
            thenIsSentAway(client);
            then(refused).singleElement().asString().startsWith("bob to " + spelt + ": ");
            try (Bridge thief = bridge(door, node, "bob", spelt)) {
                await().until(() -> refused.size() > 1);
                then(thief.ready()).isNotDone();
                then(refused).allMatch(what -> what.startsWith("bob to " + spelt + ": "));
            }
            then(node.snapshot().tunnels())
                    .extracting(TunnelSnapshot::owner, TunnelSnapshot::user)
                    .containsOnly(tuple("hers", "alice"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_sessions_of_a_revoked_user_end_and_then_he_is_a_stranger(Doors door) throws Exception {
        Grant grant = Grant.CONNECT.maxSessions(10);
        ProtocolServer<?> server = door.server(grant, grant);
        try (ReverseTunnel node = node(server);
                ReverseTunnel alice = client(door, node, "alice")) {
            then(server.users()).contains("alice");
            try (Socket socket = Client.connect(alice.port("local"))) {
                then(Client.echo(socket, "one")).isEqualTo("one");
                node.revoke("in", "alice");
                socket.setSoTimeout((int) SECOND.toMillis());
                thenThrownBy(() -> Client.echo(socket, "two"))
                        .isInstanceOf(IOException.class)
                        .isNotInstanceOf(SocketTimeoutException.class);
            }
            long before = server.counters().accepted();
            try (Socket socket = Client.connect(alice.port("local"))) {
                await().until(() -> {
                    socket.getOutputStream().write("E".getBytes(StandardCharsets.US_ASCII));
                    return server.counters().refused(Reason.UNKNOWN_USER) == 1;
                });
            } catch (IOException closed) {
                then(server.counters().refused(Reason.UNKNOWN_USER)).isEqualTo(1);
            }
            then(server.counters().accepted()).isEqualTo(before);
            then(refused).isEmpty(); // nobody asked the dispatcher

            node.restore("in", "alice");
            try (Socket socket = Client.connect(alice.port("local"))) {
                then(Client.echo(socket, "three")).isEqualTo("three");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"SOCKS5", "HTTP"})
    void the_tunnels_of_a_revoked_user_end_within_a_second(Doors door) throws Exception {
        ProtocolServer<?> server = door.server(Grant.register(HERS), Grant.REGISTER);
        try (ReverseTunnel node = node(server);
                Bridge bridge = bridge(door, node, "alice", HERS)) {
            bridge.awaitReady(Duration.ofSeconds(10));
            then(Client.get(node.port("web"))).isEqualTo(Origin.BODY);
            long began = System.nanoTime();
            node.revoke("in", "alice");
            await().atMost(SECOND).until(() -> node.snapshot().tunnels().isEmpty());
            then(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SECOND);
            await().until(() -> server.counters().refused(Reason.UNKNOWN_USER) > 0);
            then(node.snapshot().users()).singleElement().matches(user -> user.revoked() && user.tunnels() == 0);
            then(refused).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SHADOWSOCKS_2022", "SHADOWSOCKS_2022_OF_ONE", "SHADOWSOCKS_2017"})
    void the_datagrams_of_a_revoked_user_are_nobodys(Doors door) throws Exception {
        try (DatagramOrigin echo = DatagramOrigin.echo();
                ReverseTunnel node = node(door.server(Grant.CONNECT, Grant.CONNECT));
                ReverseTunnel client = ReverseTunnel.node()
                        .inbound(
                                "local",
                                Inbound.port(0).address("127.0.0.1").udp().to("127.0.0.1", echo.port()))
                        .outbound("server", door.client(node.port("in"), "alice"))
                        .route(Rule.any().to("server"))
                        .start();
                DatagramSocket visitor = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            visitor.connect(InetAddress.getLoopbackAddress(), client.port("local"));
            visitor.setSoTimeout(10_000);
            then(exchange(visitor, "one")).isEqualTo("one");
            int before = echo.received();
            node.revoke("in", "alice");
            await().atMost(SECOND).until(() -> node.snapshot().datagramAssociations() == 0);
            visitor.setSoTimeout(300);
            thenThrownBy(() -> exchange(visitor, "two")).isInstanceOf(SocketTimeoutException.class);
            then(echo.received()).isEqualTo(before);
            visitor.setSoTimeout(10_000);
            node.restore("in", "alice");
            then(exchange(visitor, "three")).isEqualTo("three");
        }
    }

    private static String exchange(DatagramSocket visitor, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        visitor.send(new DatagramPacket(bytes, bytes.length));
        DatagramPacket answer = new DatagramPacket(new byte[100], 100);
        visitor.receive(answer);
        return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
    }

    @Test
    void a_bridge_that_registers_by_command_is_kept_to_its_portal() throws Exception {
        UUID id = UUID.randomUUID();
        UUID other = UUID.randomUUID();
        var server = Vless.server(0)
                .address("127.0.0.1")
                .reverseUser("alice", id, Grant.registerAt("hers"))
                .reverseUser("bob", other, Grant.registerAt("his"));
        try (ReverseTunnel node = ReverseTunnel.node()
                        .inbound("in", server)
                        .portal("hers")
                        .route(Rule.any().to("hers"))
                        .start();
                Bridge alice = ReverseTunnel.bridge("alice")
                        .connect(Vless.client("127.0.0.1", node.port("in"))
                                .user(id)
                                .reverse())
                        .forward("127.0.0.1", origin.port())
                        .start();
                Bridge bob = ReverseTunnel.bridge("bob")
                        .connect(Vless.client("127.0.0.1", node.port("in"))
                                .user(other)
                                .reverse())
                        .forward("127.0.0.1", origin.port())
                        .start()) {
            alice.awaitReady(Duration.ofSeconds(10));
            await().until(() -> node.snapshot().refused() > 0);
            then(bob.ready()).isNotDone();
            node.revoke("in", "alice");
            await().atMost(SECOND).until(() -> node.snapshot().tunnels().isEmpty());
            await().until(() -> server.counters().refused(Reason.UNKNOWN_USER) > 0);
        }
    }

    @Test
    void a_grant_that_means_nothing_there_is_refused_at_once() {
        thenThrownBy(() -> Socks5.server(0).user("ann", "secret", Grant.BOTH))
                .hasMessageStartingWith("grant of \"ann\": Grant[register and connect")
                .hasMessageEndingWith("(expected: Grant.CONNECT, and its limits)");
        thenThrownBy(() -> HttpProxy.server(0).user("ann", "secret", Grant.REGISTER))
                .hasMessageContaining("(expected: Grant.CONNECT, and its limits)");
        thenThrownBy(() -> Vless.server(0).reverseUser("ann", UUID.randomUUID(), Grant.BOTH))
                .hasMessageContaining("a reverse user does nothing else");
    }
}
