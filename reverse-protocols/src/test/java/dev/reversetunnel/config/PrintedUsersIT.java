package dev.reversetunnel.config;

import static dev.reversetunnel.config.Road.DOMAIN;
import static dev.reversetunnel.config.Road.LOOPBACK;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.carrier.CarrierServer;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Rounds;
import dev.reversetunnel.peers.SingBox;
import dev.reversetunnel.peers.Socks5;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
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
                        road -> Vless.server(0).user("phone", road.phone()).clientOnly()));
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
    @MethodSource("carriers")
    @RequiresPeer("xray")
    void xray(PrintedBridgesIT.Servers carrier) throws Exception {
        try (Node node = new Node(carrier.of(road));
                Xray user = Xray.start(node.portal.peerConfig(asked(Peers.xray(LOOPBACK))))) {
            serves();
            then(user.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("carriers")
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
