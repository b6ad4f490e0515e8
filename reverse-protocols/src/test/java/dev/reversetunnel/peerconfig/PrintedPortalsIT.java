package dev.reversetunnel.peerconfig;

import static dev.reversetunnel.peerconfig.Road.DOMAIN;
import static dev.reversetunnel.peerconfig.Road.LOOPBACK;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Transport;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Rounds;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.websocket.WebSocket;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The document that our bridge prints for its portal is given to the program as it is. */
class PrintedPortalsIT {
    private static final TestCertificate CERTIFICATE = TestCertificate.create();
    private static final Transport TRUSTING = Tls.client().trust(CERTIFICATE.authority());

    private final Road road = new Road();

    @AfterEach
    void close() {
        road.close();
    }

    static Stream<Named<Clients>> carriers() {
        return Stream.of(
                Named.of("VMess", road -> Vmess.client(LOOPBACK, road.tunnels()).user(road.shop())),
                Named.of("VLESS", road -> Vless.client(LOOPBACK, road.tunnels()).user(road.shop())),
                Named.of(
                        "Shadowsocks",
                        road -> Shadowsocks.client(LOOPBACK, road.tunnels())
                                .method(ShadowsocksMethod.AES_128_GCM)
                                .password(road.shop().toString())),
                Named.of(
                        "VMess, WebSocket",
                        road -> Vmess.client(LOOPBACK, road.tunnels())
                                .user(road.shop())
                                .transport(WebSocket.client("/tunnel"))));
    }

    interface Clients {
        Outbound of(Road road);
    }

    @ParameterizedTest
    @MethodSource("carriers")
    @RequiresPeer("v2ray")
    void v2ray(Clients carrier) throws Exception {
        try (Bridge bridge = start(carrier.of(road));
                V2Ray portal = V2Ray.start(bridge.peerConfig(
                        Peers.v2ray().visitors(road.visitors()).tcpAndUdp().address(LOOPBACK)))) {
            serves(bridge);
            then(portal.isAlive()).isTrue();
        }
    }

    @Test
    @RequiresPeer("xray")
    void xray() throws Exception {
        try (Bridge bridge = start(
                        Vless.client(LOOPBACK, road.tunnels()).user(road.shop()).reverse());
                Xray portal = Xray.start(bridge.peerConfig(
                        Peers.xray().visitors(road.visitors()).tcpAndUdp().address(LOOPBACK)))) {
            serves(bridge);
            then(portal.isAlive()).isTrue();
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void v2ray_shows_its_certificate() throws Exception {
        try (Bridge bridge = start(
                        Vmess.client(LOOPBACK, road.tunnels()).user(road.shop()).transport(TRUSTING));
                V2Ray portal = V2Ray.start(bridge.peerConfig(shown(Peers.v2ray())))) {
            serves(bridge);
            then(portal.isAlive()).isTrue();
        }
    }

    @Test
    @RequiresPeer("xray")
    void xray_shows_its_certificate() throws Exception {
        try (Bridge bridge = start(Vless.client(LOOPBACK, road.tunnels())
                        .user(road.shop())
                        .reverse()
                        .transport(TRUSTING));
                Xray portal = Xray.start(bridge.peerConfig(shown(Peers.xray())))) {
            serves(bridge);
            then(portal.isAlive()).isTrue();
        }
    }

    private PeerOfBridge shown(PeerOfBridge program) {
        return program.visitors(road.visitors())
                .tcpAndUdp()
                .address(LOOPBACK)
                .certificate(CERTIFICATE.chain().toString(), CERTIFICATE.key().toString());
    }

    private Bridge start(Outbound portal) throws Exception {
        return ReverseTunnel.bridge("shop")
                .domain(DOMAIN)
                .connect(portal)
                .forward(LOOPBACK, road.origin().port())
                .start();
    }

    private void serves(Bridge bridge) throws Exception {
        bridge.awaitReady(Duration.ofSeconds(30));
        Road.awaitOpen(road.visitors());
        Rounds.tcp(road.visitors());
        Rounds.udp(road.visitors());
    }
}
