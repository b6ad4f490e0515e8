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
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayCarrier;
import dev.reversetunnel.peers.V2RayDocuments;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.peers.XrayDocuments;
import dev.reversetunnel.vless.Vless;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Streams and datagrams of visitors, at one port, through tunnels over VLESS. */
class VlessTunnelDatagramsIT {
    private static final String DOMAIN = "test.v2fly.org";

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

    private End ourPortal() {
        return Ours.running(ReverseTunnel.portal("portal")
                .domain(DOMAIN)
                .listen(Vless.server(bridges).address("127.0.0.1").user("interconn", id))
                .listen(visitors()));
    }

    private End ourReversePortal() {
        return Ours.running(ReverseTunnel.portal("portal")
                .listen(Vless.server(bridges).address("127.0.0.1").reverseUser("interconn", id))
                .listen(visitors()));
    }

    private End ourBridge() {
        return Ours.running(ReverseTunnel.bridge("bridge")
                .domain(DOMAIN)
                .connect(Vless.client("127.0.0.1", bridges).user(id))
                .forward("127.0.0.1", origin.port()));
    }

    private End ourReverseBridge() {
        return Ours.running(ReverseTunnel.bridge("bridge")
                .connect(Vless.client("127.0.0.1", bridges).user(id).reverse())
                .forward("127.0.0.1", origin.port()));
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
        V2Ray bridge = V2Ray.start(V2RayDocuments.bridge(bridges, V2RayCarrier.vless(id), DOMAIN, origin.address()));
        thenBothPass(ourPortal(), bridge::close);
    }

    @Test
    @RequiresPeer("v2ray")
    void our_bridge_with_v2ray() throws Exception {
        V2Ray portal = V2Ray.start(V2RayDocuments.portal(users, bridges, V2RayCarrier.vless(id), DOMAIN));
        thenBothPass(portal::close, ourBridge());
    }

    @Test
    @RequiresPeer("xray")
    void our_portal_with_xray() throws Exception {
        Xray bridge = Xray.start(XrayDocuments.reverse(bridges, id).bridge(origin.address()));
        thenBothPass(ourReversePortal(), bridge::close);
    }

    @Test
    @RequiresPeer("xray")
    void our_bridge_with_xray() throws Exception {
        Xray portal = Xray.start(XrayDocuments.reverse(bridges, id).portal(users));
        thenBothPass(portal::close, ourReverseBridge());
    }
}
