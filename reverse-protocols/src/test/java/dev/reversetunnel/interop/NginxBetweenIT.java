package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Nginx;
import dev.reversetunnel.peers.NginxDocument;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Rounds;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayCarrier;
import dev.reversetunnel.peers.V2RayDocuments;
import dev.reversetunnel.peers.V2RayDocuments.Security;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.websocket.WebSocket;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** VMess over WebSocket, through an nginx that ends TLS: V2Ray 4.34 at either end, and our own ends. */
@RequiresPeer({"nginx", "v2ray"})
class NginxBetweenIT {
    private static final String DOMAIN = "reverse.test.internal";
    private static final TestCertificate CERTIFICATE = TestCertificate.create();

    private final UUID id = UUID.randomUUID();
    private final int https = Ports.free();
    private final int tunnels = Ports.free();
    private final Origin origin = Origin.start(Ports.free());
    private final DatagramOrigin datagrams = DatagramOrigin.beside(origin);
    private final V2RayCarrier plain = V2RayCarrier.vmess(id, Security.AUTO).webSocket("/ray");
    private final NginxDocument nginx = NginxDocument.inFrontOf(https, tunnels).tls(CERTIFICATE);

    @AfterEach
    void close() {
        origin.close();
        datagrams.close();
    }

    private Portal ourPortal() throws Exception {
        return ReverseTunnel.portal("portal")
                .domain(DOMAIN)
                .listen(Vmess.server(tunnels)
                        .address("127.0.0.1")
                        .user("bridge", id)
                        .transport(WebSocket.server("/ray")))
                .listen(Inbound.port(0).address("127.0.0.1").tcpAndUdp())
                .start();
    }

    private Bridge ourBridge() throws Exception {
        return ReverseTunnel.bridge("bridge")
                .domain(DOMAIN)
                .connect(Vmess.client("127.0.0.1", https)
                        .user(id)
                        .transport(WebSocket.client("/ray")
                                .over(Tls.client()
                                        .trust(CERTIFICATE.authority())
                                        .serverName(TestCertificate.NAME))))
                .forward("127.0.0.1", origin.port())
                .start();
    }

    @Test
    void the_bridge_of_v2ray_comes_to_our_portal() throws Exception {
        try (Portal portal = ourPortal();
                Nginx between = Nginx.start(nginx);
                V2Ray bridge =
                        V2Ray.start(V2RayDocuments.bridge(https, plain.tls(CERTIFICATE), DOMAIN, origin.address()))) {
            thenIsCarried(portal.port("visitors"));
            then(between.isAlive() && bridge.isAlive()).isTrue();
        }
    }

    @Test
    void our_bridge_comes_to_the_portal_of_v2ray() throws Exception {
        int visitors = Ports.free();
        try (V2Ray portal = V2Ray.start(V2RayDocuments.portal(visitors, tunnels, plain, DOMAIN));
                Nginx between = Nginx.start(nginx);
                Bridge bridge = ourBridge()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            thenIsCarried(visitors);
            then(between.isAlive() && portal.isAlive()).isTrue();
        }
    }

    @Test
    void our_own_ends_meet() throws Exception {
        try (Portal portal = ourPortal();
                Nginx between = Nginx.start(nginx);
                Bridge bridge = ourBridge()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            thenIsCarried(portal.port("visitors"));
            then(between.isAlive()).isTrue();
        }
    }

    private static void thenIsCarried(int port) throws Exception {
        await().ignoreExceptions().untilAsserted(() -> then(Client.get(port)).isEqualTo(Origin.BODY));
        Rounds.tcp(port);
        Rounds.udp(port);
    }
}
