package dev.reversetunnel.peers;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.peers.V2RayDocuments.Security;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Base64;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two Xrays and nothing of ours: what interoperability tests stand on. A bridge calls 2 s after its start. */
@RequiresPeer("xray")
class XrayIT {
    private static final TestCertificate CERTIFICATE = TestCertificate.create();

    private final int users = Ports.free();
    private final XrayDocuments documents = XrayDocuments.reverse(Ports.free(), UUID.randomUUID());
    private final Origin origin = Origin.start(Ports.free());
    private final DatagramOrigin datagrams = DatagramOrigin.beside(origin);

    @AfterEach
    void close() {
        origin.close();
        datagrams.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void portal_and_bridge(boolean tls) throws IOException {
        XrayDocuments both = tls ? documents.tls(CERTIFICATE) : documents;
        try (Xray portal = Xray.start(both.portal(users));
                Xray bridge = Xray.start(both.bridge(origin.address()))) {
            await().ignoreExceptions()
                    .untilAsserted(() -> then(Client.get(users)).isEqualTo(Origin.BODY));
            Rounds.tcp(users);
            Rounds.udp(users);
            then(portal.isAlive() && bridge.isAlive()).isTrue();
        }
    }

    static Stream<Named<V2RayCarrier>> carriers() {
        UUID id = UUID.randomUUID();
        String key = Base64.getEncoder().encodeToString(new byte[16]);
        return Stream.of(
                Named.of("vless", V2RayCarrier.vless(id)),
                Named.of("vless, TLS", V2RayCarrier.vless(id).tls(CERTIFICATE)),
                Named.of("vmess", V2RayCarrier.vmess(id, Security.AUTO)),
                Named.of("2022-blake3-aes-128-gcm", V2RayCarrier.shadowsocks("2022-blake3-aes-128-gcm", key)));
    }

    @ParameterizedTest
    @MethodSource("carriers")
    void client_and_server(V2RayCarrier carrier) throws IOException {
        int server = Ports.free();
        try (Xray running = Xray.start(V2RayDocuments.server(server, carrier));
                Xray client = Xray.start(V2RayDocuments.client(users, origin.port(), server, carrier))) {
            Rounds.tcp(users);
            Rounds.udp(users);
            then(running.isAlive() && client.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void a_server_behind_the_bridge_is_told_where_users_come_from(int version) throws IOException {
        try (Origin told = Origin.behindProxy();
                Xray portal = Xray.start(documents.portal(users));
                Xray bridge = Xray.start(documents.bridge(told.address(), version))) {
            await().ignoreExceptions()
                    .untilAsserted(() -> then(Client.get(users)).isEqualTo(Origin.BODY));
            try (Socket user = Client.connect(users)) {
                then(Client.echo(user, "here")).isEqualTo("here");

                then(told.proxied().get(told.proxied().size() - 1).source()).isEqualTo(user.getLocalSocketAddress());
                then(told.proxied()).extracting(ProxyHeader::version).containsOnly(version);
            }
            then(portal.isAlive() && bridge.isAlive()).isTrue();
        }
    }

    @Test
    void a_portal_behind_a_load_balancer_passes_on_what_that_one_says() throws IOException {
        InetSocketAddress far = new InetSocketAddress(InetAddress.getByName("192.0.2.7"), 4321);
        try (Origin told = Origin.behindProxy();
                Xray portal = Xray.start(documents.portalBehindProxy(users));
                Xray bridge = Xray.start(documents.bridge(told.address(), 1))) {
            await().ignoreExceptions().untilAsserted(() -> {
                try (Socket user = Client.connect(users)) {
                    user.getOutputStream()
                            .write(ProxyHeader.line(far, (InetSocketAddress) user.getRemoteSocketAddress()));
                    then(Client.echo(user, "here")).isEqualTo("here");
                }
            });
            then(told.proxied()).extracting(ProxyHeader::source).containsOnly(far);
            then(portal.isAlive() && bridge.isAlive()).isTrue();
        }
    }
}
