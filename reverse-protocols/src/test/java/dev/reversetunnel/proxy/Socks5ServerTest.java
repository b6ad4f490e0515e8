package dev.reversetunnel.proxy;

import static org.assertj.core.api.BDDAssertions.catchThrowableOfType;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.Transport;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Client.End;
import dev.reversetunnel.peers.Client.Transfer;
import dev.reversetunnel.peers.DatagramClient;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.Socks5Association;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.socks.Socks5Server;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.vmess.Vmess;
import java.io.IOException;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Socks5ServerTest {
    private static final Socks5Server LOCAL = Socks5.server(0).address("127.0.0.1");

    private final Origin origin = Origin.start();

    @AfterEach
    void closeTheOrigin() {
        origin.close();
    }

    private static dev.reversetunnel.peers.Socks5 client(ReverseTunnel node) {
        return dev.reversetunnel.peers.Socks5.at(node.port("proxy"));
    }

    @Test
    void a_socket_of_the_jdk_reaches_an_origin_by_name() throws Exception {
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL);
                Socket socket = ProxyNodes.throughJdk(Proxy.Type.SOCKS, node, "localhost", origin.port())) {
            then(Client.echo(socket, "through the proxy")).isEqualTo("through the proxy");
            socket.shutdownOutput();
            then(Client.readToEnd(socket).end()).isEqualTo(End.CLEAN);
        }
    }

    @Test
    void a_great_download_arrives_whole() throws Exception {
        long size = 20L << 20;
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL);
                Socket socket = client(node).connect("127.0.0.1", origin.port())) {
            Client.askForDownload(socket, size, 7);
            then(Client.readToEnd(socket)).isEqualTo(new Transfer(size, Client.sha256(size, 7), End.CLEAN));
        }
    }

    @Test
    void rules_know_the_user_by_his_name() throws Exception {
        Socks5Server server = LOCAL.user("ann", "secret").user("bob", "other");
        List<String> users = new ArrayList<>();
        try (ReverseTunnel node = ProxyNodes.to(server, (request, dialer) -> {
            users.add(request.user());
            return Outbound.to("127.0.0.1", origin.port()).connect(request, dialer);
        })) {
            try (Socket socket = client(node).as("bob", "other").connect("web.home", 80)) {
                then(Client.echo(socket, "bob")).isEqualTo("bob");
            }
            then(users).containsExactly("bob");
            then(refusal(() -> client(node).as("bob", "secret").connect("web.home", 80)))
                    .isEqualTo(255);
            then(refusal(() -> client(node).connect("web.home", 80))).isEqualTo(255);
            then(server.counters().refused(Reason.UNKNOWN_USER)).isEqualTo(1);
            then(server.counters().refused(Reason.SECURITY)).isEqualTo(1);
        }
    }

    private static int refusal(org.assertj.core.api.ThrowableAssert.ThrowingCallable what) {
        return catchThrowableOfType(dev.reversetunnel.peers.Socks5.RefusedException.class, what)
                .code();
    }

    @Test
    void the_reply_tells_what_became_of_the_request() throws Exception {
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL);
                ReverseTunnel strict = ProxyNodes.to(LOCAL, Outbound.direct())) {
            then(refusal(() -> client(node).connect("127.0.0.1", Ports.free()))).isEqualTo(5);
            then(refusal(() -> client(strict).connect("127.0.0.1", origin.port())))
                    .isEqualTo(2);
        }
        try (ReverseTunnel nowhere = ReverseTunnel.node()
                .inbound("proxy", LOCAL)
                .outbound("way", Outbound.direct())
                .route(Rule.inbound("another").to("way"))
                .start()) {
            then(refusal(() -> client(nowhere).connect("web.home", 80))).isEqualTo(2);
        }
    }

    @Test
    void a_visitor_of_a_portal_without_a_bridge_is_told_so() throws Exception {
        try (Portal portal = ReverseTunnel.portal("edge")
                .domain("reverse.test.internal")
                .waitForBridge(Duration.ZERO)
                .listen(Vmess.server(0).address("127.0.0.1").user("shop", UUID.randomUUID()))
                .listen(LOCAL)
                .start()) {
            dev.reversetunnel.peers.Socks5 proxy = dev.reversetunnel.peers.Socks5.at(portal.port("visitors"));
            then(refusal(() -> proxy.connect("web.home", 80))).isEqualTo(1);
            then(refusal(() -> proxy.connect("reverse.test.internal", 80)))
                    .as("nobody registers a tunnel by SOCKS5")
                    .isEqualTo(2);
        }
    }

    @Test
    void a_client_that_waits_for_no_answer_loses_nothing() throws Exception {
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL);
                Socket socket = Client.connect(node.port("proxy"))) {
            byte[] head = Hex.bytes("05 01 00 | 05 01 00 01 7f000001" + String.format("%04x", origin.port()));
            byte[] all = Arrays.copyOf(head, head.length + 4);
            System.arraycopy("Eone".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, all, head.length, 4);
            socket.getOutputStream().write(all);
            socket.shutdownOutput();

            then(socket.getInputStream().readAllBytes())
                    .isEqualTo(Hex.bytes("05 00 | 05 00 00 01 00000000 0000 | 456f6e65"));
        }
    }

    @Test
    void is_not_started_open_to_everybody_by_mistake() {
        thenThrownBy(() -> ProxyNodes.direct(Socks5.server(0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Socks5.server(0, 0 users): everybody who reaches the port could use it")
                .hasMessageContaining("user(...)")
                .hasMessageContaining("open()");
        thenThrownBy(() -> ProxyNodes.direct(Socks5.server(0).address("0.0.0.0")))
                .isInstanceOf(IllegalStateException.class);
        then(Socks5.server(0).open().fault()).isEmpty();
        then(Socks5.server(0).user("ann", "secret").fault()).isEmpty();
        then(LOCAL.fault()).isEmpty();
    }

    @Test
    void who_says_nothing_is_closed_when_his_time_is_up() throws Exception {
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL.handshakeTimeout(Duration.ofMillis(300)));
                Socket socket = Client.connect(node.port("proxy"))) {
            socket.getOutputStream().write(5);
            then(Client.readToEnd(socket).bytes()).isZero();
        }
    }

    @Test
    void for_one_stranger_more_the_oldest_has_to_go() throws Exception {
        List<Socket> strangers = new ArrayList<>();
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL)) {
            for (int count = 0; count < 65; count++) {
                strangers.add(Client.connect(node.port("proxy")));
            }
            then(Client.readToEnd(strangers.get(0)).bytes()).isZero();
            then(LOCAL.counters().evicted()).isPositive();

            try (Socket socket = client(node).connect("127.0.0.1", origin.port())) {
                then(Client.echo(socket, "in")).isEqualTo("in");
            }
        } finally {
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
    }

    @Test
    void visitors_reach_the_network_of_a_bridge_through_a_tunnel() throws Exception {
        UUID id = UUID.randomUUID();
        Transport memory = Transport.memory();
        try (DatagramOrigin echo = DatagramOrigin.echo();
                Portal portal = ReverseTunnel.portal("edge")
                        .domain("reverse.test.internal")
                        .listen(Vmess.server(0).transport(memory).user("shop", id))
                        .listen(LOCAL.user("ann", "secret"))
                        .start();
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain("reverse.test.internal")
                        .connect(Vmess.client("portal", portal.port("tunnels"))
                                .transport(memory)
                                .user(id))
                        .reach(Outbound.direct().allowPrivate())
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            dev.reversetunnel.peers.Socks5 proxy =
                    dev.reversetunnel.peers.Socks5.at(portal.port("visitors")).as("ann", "secret");

            try (Socket socket = proxy.connect("localhost", origin.port())) {
                then(Client.echo(socket, "to the bridge")).isEqualTo("to the bridge");
            }
            try (Socks5Association association = proxy.associate()) {
                association.send("127.0.0.1", echo.port(), "a datagram");
                then(association.receive())
                        .isEqualTo(new Socks5Association.Answer("127.0.0.1", echo.port(), "a datagram"));
            }
        }
    }

    // ---- associations ----

    @Test
    void datagrams_go_to_several_targets_and_back() throws Exception {
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL);
                DatagramOrigin one = DatagramOrigin.echo();
                DatagramOrigin other = DatagramOrigin.echo();
                Socks5Association association = client(node).associate()) {
            for (int round = 0; round < 3; round++) {
                association.send("127.0.0.1", one.port(), "to one");
                then(association.receive()).isEqualTo(new Socks5Association.Answer("127.0.0.1", one.port(), "to one"));
                association.send("127.0.0.1", other.port(), "to the other");
                then(association.receive())
                        .isEqualTo(new Socks5Association.Answer("127.0.0.1", other.port(), "to the other"));
            }
            then(one.sources()).as("one socket for all").hasSize(1).isEqualTo(other.sources());
        }
    }

    @Test
    void an_association_is_for_its_client_alone() throws Exception {
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL);
                DatagramOrigin echo = DatagramOrigin.echo();
                Socks5Association association = client(node).associate();
                DatagramClient other = DatagramClient.open()) {
            association.send("127.0.0.1", echo.port(), "first");
            association.receive();

            byte[] intruder = Hex.bytes("0000 00 01 7f000001" + String.format("%04x", echo.port()) + "78");
            other.send(association.relayPort(), intruder);
            association.send("127.0.0.1", echo.port(), "second");
            then(association.receive().text()).isEqualTo("second");
            then(echo.received()).isEqualTo(2);
        }
    }

    @Test
    void fragments_and_rubbish_are_dropped() throws Exception {
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL);
                DatagramOrigin echo = DatagramOrigin.echo();
                Socket control = Client.connect(node.port("proxy"));
                DatagramClient socket = DatagramClient.open()) {
            control.getOutputStream().write(Hex.bytes("05 01 00 | 05 03 00 01 00000000 0000"));
            byte[] answers = control.getInputStream().readNBytes(12);
            then(Arrays.copyOf(answers, 10)).isEqualTo(Hex.bytes("05 00 | 05 00 00 01 7f000001"));
            int relay = (answers[10] & 0xff) << 8 | (answers[11] & 0xff);
            String target = "01 7f000001" + String.format("%04x", echo.port());
            for (String bytes : List.of(
                    "", "00", "0000 01 " + target + "61", "0000 00 07 00", "0000 00 03 ff 61", "0000 00 03 00 0050")) {
                socket.send(relay, Hex.bytes(bytes));
            }
            socket.send(relay, Hex.bytes("0000 00 " + target + "6f6b"));

            then(socket.receive()).isEqualTo(Hex.bytes("0000 00 " + target + "6f6b"));
            then(echo.received()).isEqualTo(1);
        }
    }

    @Test
    void an_association_ends_with_its_connection() throws Exception {
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL);
                DatagramOrigin echo = DatagramOrigin.echo()) {
            Socks5Association association = client(node).associate();
            association.send("127.0.0.1", echo.port(), "here");
            association.receive();
            then(node.snapshot().datagramAssociations()).isEqualTo(1);

            association.control().close();
            await().untilAsserted(
                            () -> then(node.snapshot().datagramAssociations()).isZero());
            await().untilAsserted(() -> {
                try (java.net.DatagramSocket again = new java.net.DatagramSocket(association.relayPort())) {
                    then(again.isBound()).isTrue();
                } catch (SocketException e) {
                    throw new AssertionError("the port is still taken", e);
                }
            });
            association.close();
        }
    }

    @Test
    void an_association_that_was_idle_for_long_begins_anew() throws Exception {
        try (ReverseTunnel node = ReverseTunnel.node()
                        .inbound("proxy", LOCAL)
                        .outbound("way", Outbound.direct().allowPrivate())
                        .route(Rule.inbound("proxy").to("way"))
                        .datagramTimeout(Duration.ofMillis(200))
                        .start();
                DatagramOrigin echo = DatagramOrigin.echo();
                Socks5Association association = client(node).associate()) {
            association.send("127.0.0.1", echo.port(), "one");
            then(association.receive().text()).isEqualTo("one");
            await().untilAsserted(
                            () -> then(node.snapshot().datagramAssociations()).isZero());

            association.send("127.0.0.1", echo.port(), "two");
            then(association.receive().text()).isEqualTo("two");
            then(echo.sources()).hasSize(2);
        }
    }

    @Test
    void a_node_that_is_closed_closes_its_associations() throws Exception {
        ReverseTunnel node = ProxyNodes.direct(LOCAL);
        Socks5Association association = client(node).associate();
        node.close();

        try (association) {
            then(endOf(association.control())).isNegative();
            try (java.net.DatagramSocket again = new java.net.DatagramSocket(association.relayPort())) {
                then(again.isBound()).isTrue();
            }
        }
    }

    private static int endOf(Socket socket) {
        try {
            return socket.getInputStream().read();
        } catch (IOException e) {
            return -1;
        }
    }
}
