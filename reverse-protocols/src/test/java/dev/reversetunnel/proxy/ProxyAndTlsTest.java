package dev.reversetunnel.proxy;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.Transport;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.DatagramClient;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.vmess.VmessSecurity;
import java.net.Socket;
import java.time.Duration;
import java.util.UUID;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TLS behind a proxy, and TLS before it. */
class ProxyAndTlsTest {
    private static final TestCertificate CERTIFICATE = TestCertificate.create();
    private static final Transport SERVER = Tls.server(CERTIFICATE.chain(), CERTIFICATE.key());
    private static final Transport CLIENT =
            Tls.client().trust(CERTIFICATE.authority()).serverName(TestCertificate.NAME);

    private final Origin origin = Origin.start();

    @AfterEach
    void closeTheOrigin() {
        origin.close();
    }

    @ParameterizedTest
    @EnumSource
    void a_tunnel_over_tls_is_dialled_through_a_proxy(ProxyKind kind) throws Exception {
        UUID id = UUID.randomUUID();
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain("reverse.test.internal")
                        .listen(Vless.server(0)
                                .address("127.0.0.1")
                                .user("shop", id)
                                .transport(SERVER))
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .start();
                ReverseTunnel proxy = ProxyNodes.to(kind.server(), Outbound.to("127.0.0.1", portal.port("tunnels")));
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain("reverse.test.internal")
                        // the name in the certificate, which the proxy alone knows
                        .connect(Vless.client(TestCertificate.NAME, 443)
                                .user(id)
                                .transport(Tls.client()
                                        .trust(CERTIFICATE.authority())
                                        .over(kind.client(proxy.port("proxy")))))
                        .forward("127.0.0.1", origin.port())
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            try (Socket visitor = Client.connect(portal.port("visitors"))) {
                then(Client.echo(visitor, "through proxy, TLS and tunnel")).isEqualTo("through proxy, TLS and tunnel");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void passwords_are_not_sent_in_clear_to_a_proxy_behind_tls(ProxyKind kind) throws Exception {
        try (ReverseTunnel proxy = ProxyNodes.direct(kind.serverWithUser().transport(SERVER));
                ReverseTunnel near = ReverseTunnel.node()
                        .inbound(
                                "visitors", Inbound.port(0).address("127.0.0.1").to("127.0.0.1", origin.port()))
                        .outbound(
                                "proxy",
                                kind.client(proxy.port("proxy"))
                                        .user("ann", "secret")
                                        .transport(CLIENT))
                        .route(Rule.inbound("visitors").to("proxy"))
                        .start();
                Socket visitor = Client.connect(near.port("visitors"))) {
            then(Client.echo(visitor, "by TLS")).isEqualTo("by TLS");
        }
    }

    @Test
    void no_datagrams_travel_beside_tls() throws Exception {
        try (ReverseTunnel proxy =
                        ProxyNodes.direct(Socks5.server(0).address("127.0.0.1").transport(SERVER));
                SSLSocket socket = (SSLSocket)
                        CERTIFICATE.trusting().getSocketFactory().createSocket("127.0.0.1", proxy.port("proxy"))) {
            socket.setSoTimeout((int) Client.PATIENCE.toMillis());
            socket.getOutputStream().write(new byte[] {5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0});
            then(socket.getInputStream().readNBytes(12)).startsWith(5, 0, 5, 7);
        }
        try (DatagramOrigin echo = DatagramOrigin.echo();
                ReverseTunnel near = ReverseTunnel.node()
                        .inbound(
                                "visitors",
                                Inbound.port(0).udp().address("127.0.0.1").to("127.0.0.1", echo.port()))
                        .outbound("proxy", Socks5.client("127.0.0.1", 1).transport(CLIENT))
                        .route(Rule.inbound("visitors").to("proxy"))
                        .start();
                DatagramClient visitor = DatagramClient.open()) {
            visitor.send(near.port("visitors"), new byte[1]);
            org.awaitility.Awaitility.await()
                    .untilAsserted(() -> then(near.snapshot().failed()).isEqualTo(1));
            then(echo.received()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_loopback_of_a_proxy_is_another_machine(ProxyKind kind) {
        var plain = Vmess.client("localhost", 1024).user(UUID.randomUUID()).security(VmessSecurity.NONE);

        then(plain.fault()).isEmpty();
        then(plain.transport(kind.client(1080)).fault())
                .as("a proxy on this machine")
                .isEmpty();
        then(plain.transport(
                                kind == ProxyKind.HTTP
                                        ? dev.reversetunnel.http.HttpProxy.client("proxy.example", 3128)
                                        : Socks5.client("proxy.example", 1080))
                        .fault())
                .hasValueSatisfying(fault -> then(fault).contains("would send everything in clear"));
        thenThrownBy(() -> ReverseTunnel.bridge("b")
                        .domain("reverse.test.internal")
                        .connect(plain.transport(Socks5.client("proxy.example", 1080)))
                        .forward("127.0.0.1", 1)
                        .start())
                .isInstanceOf(IllegalStateException.class);
    }
}
