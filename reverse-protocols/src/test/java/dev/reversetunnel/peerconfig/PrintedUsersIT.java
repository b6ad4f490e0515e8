package dev.reversetunnel.peerconfig;

import static dev.reversetunnel.peerconfig.Road.DOMAIN;
import static dev.reversetunnel.peerconfig.Road.LOOPBACK;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
    @MethodSource("dev.reversetunnel.peerconfig.PrintedBridgesIT#ways")
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
    private record Program(PeerOfPortal peer, Function<String, PeerProcess> start) {}

    static Stream<Named<Program>> programs() {
        return Stream.of(
                Named.of("V2Ray", new Program(Peers.v2ray(LOOPBACK), V2Ray::start)),
                Named.of("Xray", new Program(Peers.xray(LOOPBACK), Xray::start)),
                Named.of("sing-box", new Program(Peers.singBox(LOOPBACK), SingBox::start)));
    }

    @ParameterizedTest
    @MethodSource("programs")
    @RequiresPeer({"v2ray", "xray", "sing-box"})
    void nobody_trusts_another_issuer(Program program) throws Exception {
        Path other = TestCertificate.create().authority();
        isRefused(program, peer -> peer.trust(other));
    }

    @ParameterizedTest
    @MethodSource("programs")
    @RequiresPeer({"v2ray", "xray", "sing-box"})
    void nobody_takes_another_name(Program program) throws Exception {
        isRefused(program, peer -> peer.serverName("other.test").trust(PrintedBridgesIT.CERTIFICATE.authority()));
    }

    @ParameterizedTest
    @MethodSource("programs")
    @RequiresPeer({"v2ray", "xray", "sing-box"})
    void nobody_trusts_the_system_for_a_certificate_of_ones_own(Program program) throws Exception {
        isRefused(program, peer -> peer);
    }

    /** To V2Ray it is an issuer like others; to the others the pin says it all. */
    @Test
    @RequiresPeer({"v2ray", "xray", "sing-box"})
    void only_v2ray_looks_at_the_name_of_a_pinned_certificate() throws Exception {
        PrintedBridgesIT.Known byItself = peer -> peer.serverName("other.test").pin();
        isRefused(new Program(Peers.v2ray(LOOPBACK), V2Ray::start), byItself);
        isServed(new Program(Peers.xray(LOOPBACK), Xray::start), byItself);
        isServed(new Program(Peers.singBox(LOOPBACK), SingBox::start), byItself);
    }

    private void isServed(Program program, PrintedBridgesIT.Known known) throws Exception {
        CarrierServer<?> server =
                Vless.server(0).user("phone", road.phone()).clientOnly().transport(PrintedBridgesIT.TLS);
        try (Node node = new Node(server);
                PeerProcess user = program.start.apply(node.portal.peerConfig(known.to(asked(program.peer))))) {
            Road.awaitOpen(door);
            then(user.isAlive()).isTrue();
        }
    }

    private void isRefused(Program program, PrintedBridgesIT.Known known) throws Exception {
        VlessServer server =
                Vless.server(0).user("phone", road.phone()).clientOnly().transport(PrintedBridgesIT.TLS);
        try (Node node = new Node(server);
                PeerProcess user = program.start.apply(node.portal.peerConfig(known.to(asked(program.peer))))) {
            thenThrownBy(() -> Client.get(door)).isInstanceOf(IOException.class);
            then(user.isAlive()).isTrue();
            // Not the server's decision: with the right issuer and name the same document lets everybody in.
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
