package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Grant;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.TcpTransport;
import dev.reversetunnel.Transport;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Nginx;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Rounds;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.websocket.WebSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** nginx hands TCP on and says by the PROXY protocol who comes: bridges, users and visitors are seen as they are. */
@RequiresPeer({"nginx", Nginx.STREAM})
class ProxyProtocolBehindNginxIT {
    private static final String DOMAIN = "reverse.test.internal";
    private static final TestCertificate CERTIFICATE = TestCertificate.create();
    private static final TcpTransport INTRODUCED = Transport.tcp().proxyProtocol(Nginx.INTRODUCER);

    private final UUID id = UUID.randomUUID();
    private final int in = Ports.free();
    private final int behind = Ports.free();
    private final Origin origin = Origin.start();
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        origin.close();
    }

    @Test
    void a_tunnel_of_vmess_over_web_socket() throws Exception {
        thenTunnelsAreSeen(
                Vmess.server(behind)
                        .user("bridge", id)
                        .transport(WebSocket.server("/ray").over(INTRODUCED)),
                Vmess.client("127.0.0.1", in).user(id).transport(WebSocket.client("/ray")));
    }

    @Test
    void a_tunnel_of_vless_over_tls() throws Exception {
        thenTunnelsAreSeen(
                Vless.server(behind)
                        .user("bridge", id)
                        .transport(Tls.server(CERTIFICATE.chain(), CERTIFICATE.key())
                                .over(INTRODUCED)),
                Vless.client("127.0.0.1", in)
                        .user(id)
                        .transport(Tls.client().trust(CERTIFICATE.authority()).serverName(TestCertificate.NAME)));
    }

    @Test
    void a_tunnel_of_shadowsocks() throws Exception {
        String key = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022.newPassword();
        thenTunnelsAreSeen(
                Shadowsocks.server(behind).user("bridge", key).transport(INTRODUCED),
                Shadowsocks.client("127.0.0.1", in).password(key));
    }

    private void thenTunnelsAreSeen(Inbound server, Outbound client) throws Exception {
        try (Portal portal = ReverseTunnel.portal("portal")
                        .domain(DOMAIN)
                        .listen("tunnels", server)
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .start();
                Nginx nginx = Nginx.introducing(in, behind);
                Bridge bridge = ReverseTunnel.bridge("bridge")
                        .domain(DOMAIN)
                        .connect(client)
                        .forward("127.0.0.1", origin.port())
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            Rounds.tcp(portal.port("visitors"));
            then(portal.snapshot().tunnels()).isNotEmpty().allSatisfy(tunnel -> {
                // where the bridge has dialled from, and not nginx
                then(tunnel.remote()).asString().startsWith("/127.0.0.1:");
            });
            then(bridge.snapshot().tunnels()).isNotEmpty();
            then(nginx.isAlive()).isTrue();
        }
    }

    private ReverseTunnel node(Inbound inbound) throws Exception {
        return ReverseTunnel.node()
                .inbound("in", inbound)
                .outbound("origin", Outbound.to("127.0.0.1", origin.port()))
                .route(Rule.any()
                        .when(request -> {
                            requests.add(request);
                            return true;
                        })
                        .to("origin"))
                .start();
    }

    @Test
    void visitors_of_a_port() throws Exception {
        try (ReverseTunnel node = node(Inbound.port(behind).address("127.0.0.1").proxyProtocol(Nginx.INTRODUCER));
                Nginx nginx = Nginx.introducing(in, behind);
                Socket visitor = Client.connect(in)) {
            then(Client.echo(visitor, "hello")).isEqualTo("hello");
            thenIsSeen(visitor);
            then(nginx.isAlive()).isTrue();
            then(node.snapshot().refused()).isZero();
        }
    }

    @Test
    void users_of_vmess_over_web_socket() throws Exception {
        try (ReverseTunnel node = node(Vmess.server(behind)
                        .user("ada", id)
                        .client()
                        .transport(WebSocket.server("/ray").over(INTRODUCED)));
                Nginx nginx = Nginx.introducing(in, behind);
                ReverseTunnel client = ReverseTunnel.node()
                        .inbound("local", Inbound.port(0).address("127.0.0.1").to("shop.example", 80))
                        .outbound(
                                "portal", Vmess.client("127.0.0.1", in).user(id).transport(WebSocket.client("/ray")))
                        .route(Rule.any().to("portal"))
                        .start()) {
            Rounds.tcp(client.port("local"));
            then(requests).isNotEmpty().allSatisfy(request -> {
                then(request.user()).isEqualTo("ada");
                then(request.grant()).isEqualTo(Grant.BOTH);
                then(request.local()).hasToString("/127.0.0.1:" + in); // which nginx listens on
            });
            then(nginx.isAlive()).isTrue();
            then(node.snapshot().refused()).isZero();
        }
    }

    private void thenIsSeen(Socket visitor) {
        // the last one: whoever waits for nginx to be ready is seen as well
        then(requests).last().satisfies(request -> {
            then(request.source()).isEqualTo(visitor.getLocalSocketAddress());
            then(request.local()).isEqualTo(visitor.getRemoteSocketAddress());
        });
    }
}
