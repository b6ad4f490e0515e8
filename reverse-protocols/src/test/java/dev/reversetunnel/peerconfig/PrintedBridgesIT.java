package dev.reversetunnel.peerconfig;

import static dev.reversetunnel.peerconfig.Road.DOMAIN;
import static dev.reversetunnel.peerconfig.Road.LOOPBACK;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Transport;
import dev.reversetunnel.carrier.CarrierServer;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The document that our portal prints for its bridge is given to the program as it is. */
class PrintedBridgesIT {
    static final TestCertificate CERTIFICATE = TestCertificate.create();
    static final Transport TLS = Tls.server(CERTIFICATE.chain(), CERTIFICATE.key());

    private final Road road = new Road();

    @AfterEach
    void close() {
        road.close();
    }

    static Stream<Named<Servers>> carriers() {
        return Stream.of(
                Named.of("VMess", road -> Vmess.server(0).user("shop", road.shop())),
                Named.of("VLESS", road -> Vless.server(0).user("shop", road.shop())),
                Named.of(
                        "Shadowsocks",
                        road -> Shadowsocks.server(0)
                                .method(ShadowsocksMethod.CHACHA20_IETF_POLY1305)
                                .user("shop", road.shop().toString())),
                Named.of(
                        "VMess, WebSocket",
                        road -> Vmess.server(0)
                                .user("shop", road.shop())
                                .transport(WebSocket.server("/tunnel").host("portal.test"))));
    }

    interface Servers {
        CarrierServer<?> of(Road road);
    }

    @ParameterizedTest
    @MethodSource("carriers")
    @RequiresPeer("v2ray")
    void v2ray(Servers carrier) throws Exception {
        try (Portal portal = start(carrier.of(road));
                V2Ray bridge = V2Ray.start(portal.peerConfig(
                        Peers.v2ray(LOOPBACK).forward(LOOPBACK, road.origin().port())))) {
            serves(portal);
            then(bridge.isAlive()).isTrue();
        }
    }

    @Test
    @RequiresPeer("xray")
    void xray() throws Exception {
        try (Portal portal = start(Vless.server(0).reverseUser("shop", road.shop()));
                Xray bridge = Xray.start(portal.peerConfig(
                        Peers.xray(LOOPBACK).forward(LOOPBACK, road.origin().port())))) {
            serves(portal);
            then(bridge.isAlive()).isTrue();
        }
    }

    static Stream<Named<Known>> ways() {
        return Stream.of(
                Named.of(
                        "by its issuer",
                        peer -> peer.serverName(TestCertificate.NAME).trust(CERTIFICATE.authority())),
                Named.of("by its address", peer -> peer.trust(CERTIFICATE.authority())),
                Named.of("by itself", PeerOfPortal::pin));
    }

    interface Known {
        PeerOfPortal to(PeerOfPortal peer);
    }

    @ParameterizedTest
    @MethodSource("ways")
    @RequiresPeer("v2ray")
    void v2ray_knows_the_portal_by_tls(Known portalIsKnown) throws Exception {
        try (Portal portal = start(Vless.server(0).user("shop", road.shop()).transport(TLS));
                V2Ray bridge = V2Ray.start(portal.peerConfig(portalIsKnown.to(
                        Peers.v2ray(LOOPBACK).forward(LOOPBACK, road.origin().port()))))) {
            serves(portal);
            then(bridge.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    @RequiresPeer("xray")
    void xray_knows_the_portal_by_tls(Known portalIsKnown) throws Exception {
        try (Portal portal =
                        start(Vless.server(0).reverseUser("shop", road.shop()).transport(TLS));
                Xray bridge = Xray.start(portal.peerConfig(portalIsKnown.to(
                        Peers.xray(LOOPBACK).forward(LOOPBACK, road.origin().port()))))) {
            serves(portal);
            then(bridge.isAlive()).isTrue();
        }
    }

    @Test
    @RequiresPeer("xray")
    void xray_by_web_socket() throws Exception {
        try (Portal portal = start(Vless.server(0)
                        .reverseUser("shop", road.shop())
                        .transport(
                                WebSocket.server("/tunnel").host("portal.test").over(TLS)));
                Xray bridge = Xray.start(portal.peerConfig(Peers.xray(LOOPBACK)
                        .forward(LOOPBACK, road.origin().port())
                        .pin()))) {
            serves(portal);
            then(bridge.isAlive()).isTrue();
        }
    }

    private static Portal start(CarrierServer<?> server) throws Exception {
        return ReverseTunnel.portal("edge")
                .domain(DOMAIN)
                .listen(server.address(LOOPBACK))
                .listen(Inbound.port(0).address(LOOPBACK).tcpAndUdp().to(LOOPBACK, 80))
                .start();
    }

    private static void serves(Portal portal) throws Exception {
        Road.awaitOpen(portal.port("visitors"));
        Rounds.tcp(portal.port("visitors"));
        Rounds.udp(portal.port("visitors"));
    }
}
