package dev.reversetunnel.config;

import static dev.reversetunnel.config.Road.DOMAIN;
import static dev.reversetunnel.config.Road.LOOPBACK;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.carrier.CarrierServer;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.PeerProcess;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Rounds;
import dev.reversetunnel.peers.SingBox;
import dev.reversetunnel.peers.Socks5;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vless.VlessServer;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.websocket.WebSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The document that our portal prints for a user is given to the program as it is: user ▸ program ▸ our portal ▸ our
 * bridge ▸ its network.
 */
class PrintedUsersIT {
    private final Road road = new Road();
    private final int door = Ports.free();
    private final int proxy = Ports.free();

    @AfterEach
    void close() {
        road.close();
    }

    static Stream<Named<PrintedBridgesIT.Servers>> carriers() {
        return Stream.of(
                Named.of(
                        "VMess",
                        road -> Vmess.server(0).user("phone", road.phone()).clientOnly()),
                Named.of(
                        "VLESS",
                        road -> Vless.server(0).user("phone", road.phone()).clientOnly()),
                Named.of(
                        "Shadowsocks",
                        road -> Shadowsocks.server(0)
                                .method(ShadowsocksMethod.AES_256_GCM)
                                .user("phone", road.phone().toString())
                                .clientOnly()),
                Named.of(
                        "VMess, WebSocket",
                        road -> Vmess.server(0)
                                .user("phone", road.phone())
                                .clientOnly()
                                .transport(WebSocket.server("/users").host("portal.test"))));
    }

    /** What V2Ray 4 does not know. */
    static Stream<Named<PrintedBridgesIT.Servers>> newer() {
        return Stream.of(
                Named.of(
                        "Shadowsocks of 2022, one user",
                        road -> Shadowsocks.server(0)
                                .method(ShadowsocksMethod.BLAKE3_CHACHA20_POLY1305_2022)
                                .user("phone", ShadowsocksMethod.BLAKE3_CHACHA20_POLY1305_2022.newPassword())
                                .clientOnly()),
                Named.of(
                        "Shadowsocks of 2022, several users",
                        road -> Shadowsocks.server(0)
                                .method(ShadowsocksMethod.BLAKE3_AES_256_GCM_2022)
                                .serverKey(ShadowsocksMethod.BLAKE3_AES_256_GCM_2022.newPassword())
                                .user("other", ShadowsocksMethod.BLAKE3_AES_256_GCM_2022.newPassword())
                                .user("phone", ShadowsocksMethod.BLAKE3_AES_256_GCM_2022.newPassword())
                                .clientOnly()));
    }

    @ParameterizedTest
    @MethodSource("carriers")
    @RequiresPeer("v2ray")
    void v2ray(PrintedBridgesIT.Servers carrier) throws Exception {
        try (Node node = new Node(carrier.of(road));
                V2Ray user = V2Ray.start(node.portal.peerConfig(asked(Peers.v2ray(LOOPBACK))))) {
            serves();
            then(user.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource({"carriers", "newer"})
    @RequiresPeer("xray")
    void xray(PrintedBridgesIT.Servers carrier) throws Exception {
        try (Node node = new Node(carrier.of(road));
                Xray user = Xray.start(node.portal.peerConfig(asked(Peers.xray(LOOPBACK))))) {
            serves();
            then(user.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource({"carriers", "newer"})
    @RequiresPeer("sing-box")
    void sing_box(PrintedBridgesIT.Servers carrier) throws Exception {
        try (Node node = new Node(carrier.of(road));
                SingBox user = SingBox.start(node.portal.peerConfig(asked(Peers.singBox(LOOPBACK))))) {
            serves();
            then(user.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.reversetunnel.config.PrintedBridgesIT#ways")
    @RequiresPeer("sing-box")
    void sing_box_knows_the_portal_by_tls(PrintedBridgesIT.Known portalIsKnown) throws Exception {
        CarrierServer<?> server =
                Vless.server(0).user("phone", road.phone()).clientOnly().transport(PrintedBridgesIT.TLS);
        try (Node node = new Node(server);
                SingBox user =
                        SingBox.start(node.portal.peerConfig(portalIsKnown.to(asked(Peers.singBox(LOOPBACK)))))) {
            serves();
            then(user.isAlive()).isTrue();
        }
    }

    /** A program, and how it is started. */
    @SuppressWarnings("ImmutableEnumChecker") // these functions hold nothing
    private enum Program {
        V2RAY(Peers::v2ray, V2Ray::start),
        XRAY(Peers::xray, Xray::start),
        SING_BOX(Peers::singBox, SingBox::start);

        private final Function<String, PeerOfPortal> peer;
        private final Function<String, PeerProcess> start;

        Program(Function<String, PeerOfPortal> peer, Function<String, PeerProcess> start) {
            this.peer = peer;
            this.start = start;
        }
    }

    @ParameterizedTest
    @EnumSource
    @RequiresPeer({"v2ray", "xray", "sing-box"})
    void nobody_trusts_another_issuer(Program program) throws Exception {
        Path other = TestCertificate.create().authority();
        isRefused(program, peer -> peer.trust(other));
    }

    @ParameterizedTest
    @EnumSource
    @RequiresPeer({"v2ray", "xray", "sing-box"})
    void nobody_takes_another_name(Program program) throws Exception {
        isRefused(program, peer -> peer.serverName("other.test").trust(PrintedBridgesIT.CERTIFICATE.authority()));
    }

    @ParameterizedTest
    @EnumSource
    @RequiresPeer({"v2ray", "xray", "sing-box"})
    void nobody_trusts_the_system_for_a_certificate_of_ones_own(Program program) throws Exception {
        isRefused(program, peer -> peer);
    }

    private void isRefused(Program program, PrintedBridgesIT.Known known) throws Exception {
        VlessServer server =
                Vless.server(0).user("phone", road.phone()).clientOnly().transport(PrintedBridgesIT.TLS);
        try (Node node = new Node(server);
                PeerProcess user =
                        program.start.apply(node.portal.peerConfig(known.to(asked(program.peer.apply(LOOPBACK)))))) {
            thenThrownBy(() -> Client.get(door)).isInstanceOf(IOException.class);
            await().untilAsserted(() -> then(user.output()).anyMatch(line -> line.contains("x509: certificate")));
            then(server.counters().accepted()).isZero();
        }
    }

    private PeerOfPortal asked(PeerOfPortal program) {
        return program.user("phone").door(door, LOOPBACK, road.origin().port()).socks(proxy);
    }

    private void serves() throws Exception {
        Road.awaitOpen(door);
        Rounds.tcp(door);
        Rounds.udp(door);
        Rounds.tcp(Socks5.at(proxy), road.origin());
        Rounds.udp(Socks5.at(proxy), road.datagrams(), road.others());
    }

    /** Our portal and our bridge, which lets users of the portal ask for what they want. */
    private final class Node implements AutoCloseable {
        private final Portal portal;
        private final Bridge bridge;

        private Node(CarrierServer<?> users) throws Exception {
            portal = ReverseTunnel.portal("edge")
                    .domain(DOMAIN)
                    .listen(Vmess.server(0).address(LOOPBACK).user("shop", road.shop()))
                    .listen("users", users.address(LOOPBACK))
                    .start();
            bridge = ReverseTunnel.bridge("shop")
                    .domain(DOMAIN)
                    .connect(Vmess.client(LOOPBACK, portal.port("tunnels")).user(road.shop()))
                    .reach(Outbound.direct().allowPrivate())
                    .start();
            bridge.awaitReady(Duration.ofSeconds(30));
        }

        @Override
        public void close() {
            bridge.close();
            portal.close();
        }
    }
}
