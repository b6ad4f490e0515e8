package dev.reversetunnel.peers;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.peers.V2RayDocuments.Security;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** V2Rays that speak each carrier to one another, and nothing of ours: what interoperability tests stand on. */
@RequiresPeer("v2ray")
class V2RayCarriersIT {
    private static final TestCertificate CERTIFICATE = TestCertificate.create();
    private static final UUID ID = UUID.randomUUID();
    private static final String DOMAIN = "test.v2fly.org";

    private final int door = Ports.free();
    private final int server = Ports.free();
    private final Origin origin = Origin.start(Ports.free());
    private final DatagramOrigin datagrams = DatagramOrigin.beside(origin);
    private final DatagramOrigin others = DatagramOrigin.echo();

    @AfterEach
    void close() {
        origin.close();
        datagrams.close();
        others.close();
    }

    static Stream<Named<V2RayCarrier>> carriers() {
        V2RayCarrier vmess = V2RayCarrier.vmess(ID, Security.AUTO);
        V2RayCarrier vless = V2RayCarrier.vless(ID);
        return Map.of(
                        "vmess", vmess,
                        "vmess, WebSocket", vmess.webSocket("/tunnel"),
                        "vmess, WebSocket, TLS", vmess.webSocket("/tunnel").tls(CERTIFICATE),
                        "vless", vless,
                        "vless, TLS", vless.tls(CERTIFICATE),
                        "aes-128-gcm", V2RayCarrier.shadowsocks("aes-128-gcm", "correct horse"),
                        "aes-256-gcm", V2RayCarrier.shadowsocks("aes-256-gcm", "correct horse"),
                        "chacha20-poly1305", V2RayCarrier.shadowsocks("chacha20-poly1305", "correct horse"))
                .entrySet()
                .stream()
                .sorted(Map.Entry.comparingByKey())
                .map(carrier -> Named.of(carrier.getKey(), carrier.getValue()));
    }

    @ParameterizedTest
    @MethodSource("carriers")
    void client_and_server(V2RayCarrier carrier) throws IOException {
        try (V2Ray running = V2Ray.start(V2RayDocuments.server(server, carrier));
                V2Ray client = V2Ray.start(V2RayDocuments.client(door, origin.port(), server, carrier))) {
            Rounds.tcp(door);
            Rounds.udp(door);
            then(running.isAlive() && client.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("carriers")
    void client_with_mux_and_server(V2RayCarrier carrier) throws IOException {
        try (V2Ray running = V2Ray.start(V2RayDocuments.server(server, carrier));
                V2Ray client = V2Ray.start(V2RayDocuments.socks(door, server, carrier.mux(8)))) {
            Rounds.tcp(Socks5.at(door), origin);
            Rounds.udp(Socks5.at(door), datagrams, others);
            then(running.isAlive() && client.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("carriers")
    void portal_and_bridge(V2RayCarrier carrier) throws IOException {
        try (V2Ray portal = V2Ray.start(V2RayDocuments.portal(door, server, carrier, DOMAIN));
                V2Ray bridge = V2Ray.start(V2RayDocuments.bridge(server, carrier, DOMAIN, origin.address()))) {
            await().ignoreExceptions()
                    .untilAsserted(() -> then(Client.get(door)).isEqualTo(Origin.BODY));
            Rounds.tcp(door);
            Rounds.udp(door);
            then(portal.isAlive() && bridge.isAlive()).isTrue();
        }
    }
}
