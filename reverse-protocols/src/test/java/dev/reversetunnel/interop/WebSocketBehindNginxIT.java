package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.layer.LayerRig;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Nginx;
import dev.reversetunnel.peers.NginxDocument;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.tls.TlsClient;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.vmess.VmessClient;
import dev.reversetunnel.vmess.VmessServer;
import dev.reversetunnel.websocket.WebSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An nginx that ends TLS and hands a path on: what strangers find there, and how silence and its end are seen. */
@RequiresPeer("nginx")
class WebSocketBehindNginxIT {
    private static final String DOMAIN = "reverse.test.internal";
    private static final TestCertificate CERTIFICATE = TestCertificate.create();
    private static final UUID ID = UUID.randomUUID();

    private final int front = Ports.free();
    private final Origin origin = Origin.start(Ports.free());

    @AfterEach
    void close() {
        origin.close();
    }

    private static VmessServer server() {
        return Vmess.server(0).address("127.0.0.1").user("user", ID).transport(WebSocket.server("/ray"));
    }

    private VmessClient client() {
        return Vmess.client("127.0.0.1", front)
                .user(ID)
                .transport(WebSocket.client("/ray").host(TestCertificate.NAME).over(tls()));
    }

    private static TlsClient tls() {
        return Tls.client().trust(CERTIFICATE.authority()).serverName(TestCertificate.NAME);
    }

    private static Portal portal() throws Exception {
        return ReverseTunnel.portal("portal")
                .domain(DOMAIN)
                .listen(server())
                .listen(Inbound.port(0).address("127.0.0.1").tcpAndUdp())
                .start();
    }

    private Bridge bridge() throws Exception {
        return ReverseTunnel.bridge("bridge")
                .domain(DOMAIN)
                .connect(client())
                .forward("127.0.0.1", origin.port())
                .start();
    }

    private Nginx nginx(int behind) {
        return Nginx.start(NginxDocument.inFrontOf(front, behind).tls(CERTIFICATE));
    }

    @Test
    void a_visitor_with_a_browser_finds_nothing() throws Exception {
        try (Portal portal = portal();
                Nginx nginx = nginx(portal.port("tunnels"))) {
            HttpClient browser =
                    HttpClient.newBuilder().sslContext(CERTIFICATE.trusting()).build();
            HttpResponse<String> page = browser.send(
                    HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + front + "/ray"))
                            .build(),
                    BodyHandlers.ofString());
            then(page.statusCode()).isEqualTo(404);
            then(nginx.isAlive()).isTrue();
        }
    }

    /** With a FIN, as any proxy that goes: only the missing close frame tells that this was not all. */
    @Test
    void a_proxy_that_goes_in_the_middle_is_a_reset_for_the_visitor() throws Exception {
        try (Portal portal = portal();
                Nginx nginx = nginx(portal.port("tunnels"));
                Bridge bridge = bridge()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            try (Socket visitor = Client.connect(portal.port("visitors"))) {
                Client.askForDownload(visitor, 1L << 30, 1);
                then(visitor.getInputStream().readNBytes(1 << 20)).hasSize(1 << 20);
                nginx.kill();
                then(Client.readToEnd(visitor).end()).isEqualTo(Client.End.RESET);
            }
        }
    }

    @Test
    void pings_keep_a_silent_connection_alive_that_nginx_would_end() throws Exception {
        try (LayerRig rig = new LayerRig()) {
            int port = rig.listen(WebSocket.server("/ray").pingEvery(Duration.ofMillis(200)));
            try (Nginx nginx = Nginx.start(
                    NginxDocument.inFrontOf(front, port).tls(CERTIFICATE).silence(Duration.ofSeconds(1)))) {
                LayerRig.Taken dialled = rig.dial(WebSocket.client("/ray").over(tls()), "127.0.0.1", front);
                LayerRig.Taken accepted = rig.accepted();
                dialled.reads();
                accepted.reads();
                await().during(Duration.ofSeconds(3))
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> accepted.channel().isActive());
                accepted.write("still here");
                await().untilAsserted(() -> then(dialled.seen().text()).isEqualTo("still here"));
                then(nginx.isAlive()).isTrue();
            }
        }
    }

    @Test
    void a_silent_connection_that_nginx_ends_was_cut() throws Exception {
        try (LayerRig rig = new LayerRig()) {
            int port = rig.listen(WebSocket.server("/ray"));
            try (Nginx nginx = Nginx.start(
                    NginxDocument.inFrontOf(front, port).tls(CERTIFICATE).silence(Duration.ofMillis(200)))) {
                LayerRig.Taken dialled = rig.dial(WebSocket.client("/ray").over(tls()), "127.0.0.1", front);
                LayerRig.Taken accepted = rig.accepted();
                dialled.reads();
                accepted.reads();

                then(accepted.seen().next()).isEqualTo("active");
                then(accepted.seen().next()).startsWith("failed: the connection was cut");
                then(dialled.seen().next()).startsWith("failed: the connection was cut");
                then(nginx.isAlive()).isTrue();
            }
        }
    }
}
