package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Rounds;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayCarrier;
import dev.reversetunnel.peers.V2RayDocuments;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.peers.XrayDocuments;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vless.VlessClient;
import dev.reversetunnel.vless.VlessServer;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams and datagrams of visitors, at one port, through tunnels over VLESS: in plain text, and over TLS. */
@ParameterizedClass(name = "TLS: {0}")
@ValueSource(booleans = {false, true})
class VlessTunnelsIT {
    private static final String DOMAIN = "test.v2fly.org";

    private static final TestCertificate CERTIFICATE = TestCertificate.create();

    @Parameter
    boolean tls;

    private final UUID id = UUID.randomUUID();
    private final int users = Ports.free();
    private final int bridges = Ports.free();
    private final Origin origin = Origin.start(Ports.free());
    private final DatagramOrigin datagrams = DatagramOrigin.beside(origin);

    @AfterEach
    void close() {
        origin.close();
        datagrams.close();
    }

    private Inbound visitors() {
        return Inbound.port(users).address("127.0.0.1").tcpAndUdp().to("127.0.0.1", 80);
    }

    private void thenBothPass(End portal, End bridge) throws Exception {
        try (portal;
                bridge) {
            await().ignoreExceptions()
                    .untilAsserted(() -> then(Client.get(users)).isEqualTo(Origin.BODY));
            Rounds.tcp(users);
            Rounds.udp(users);
        }
    }

    private VlessServer server() {
        VlessServer server = Vless.server(bridges).address("127.0.0.1");
        return tls ? server.transport(Tls.server(CERTIFICATE.chain(), CERTIFICATE.key())) : server;
    }

    private VlessClient client() {
        VlessClient client = Vless.client("127.0.0.1", bridges).user(id);
        return tls
                ? client.transport(Tls.client().serverName(TestCertificate.NAME).trust(CERTIFICATE.authority()))
                : client;
    }

    private V2RayCarrier theirs() {
        V2RayCarrier carrier = V2RayCarrier.vless(id);
        return tls ? carrier.tls(CERTIFICATE) : carrier;
    }

    private XrayDocuments xray() {
        XrayDocuments documents = XrayDocuments.reverse(bridges, id);
        return tls ? documents.tls(CERTIFICATE) : documents;
    }

    private End ourPortal() {
        return Ours.running(ReverseTunnel.portal("portal")
                .domain(DOMAIN)
                .listen(server().user("interconn", id))
                .listen(visitors()));
    }

    private End ourReversePortal() {
        return Ours.running(ReverseTunnel.portal("portal")
                .listen(server().reverseUser("interconn", id))
                .listen(visitors()));
    }

    private End ourBridge() {
        return Ours.running(
                ReverseTunnel.bridge("bridge").domain(DOMAIN).connect(client()).forward("127.0.0.1", origin.port()));
    }

    private End ourReverseBridge() {
        return Ours.running(
                ReverseTunnel.bridge("bridge").connect(client().reverse()).forward("127.0.0.1", origin.port()));
    }

    @Test
    void ours_with_ours() throws Exception {
        thenBothPass(ourPortal(), ourBridge());
    }

    @Test
    void ours_with_ours_by_the_reverse_command() throws Exception {
        thenBothPass(ourReversePortal(), ourReverseBridge());
    }

    @Test
    @RequiresPeer("v2ray")
    void our_portal_with_v2ray() throws Exception {
        V2Ray bridge = V2Ray.start(V2RayDocuments.bridge(bridges, theirs(), DOMAIN, origin.address()));
        thenBothPass(ourPortal(), bridge::close);
    }

    @Test
    @RequiresPeer("v2ray")
    void our_bridge_with_v2ray() throws Exception {
        V2Ray portal = V2Ray.start(V2RayDocuments.portal(users, bridges, theirs(), DOMAIN));
        thenBothPass(portal::close, ourBridge());
    }

    @Test
    @RequiresPeer("xray")
    void our_portal_with_xray() throws Exception {
        Xray bridge = Xray.start(xray().bridge(origin.address()));
        thenBothPass(ourReversePortal(), bridge::close);
    }

    @Test
    @RequiresPeer("xray")
    void our_bridge_with_xray() throws Exception {
        Xray portal = Xray.start(xray().portal(users));
        thenBothPass(portal::close, ourReverseBridge());
    }
}
