package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Rounds;
import dev.reversetunnel.peers.Socks5;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayCarrier;
import dev.reversetunnel.peers.V2RayDocuments;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.vless.Vless;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Users of V2Ray and Xray at our VLESS server, and ours at theirs: streams, datagrams, and both by mux. */
class VlessUsersIT {
    private static final UUID ID = UUID.randomUUID();
    private static final V2RayCarrier VLESS = V2RayCarrier.vless(ID);

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

    private ReverseTunnel ourServer() throws TunnelException {
        return ReverseTunnel.node()
                .inbound(
                        "vless",
                        Vless.server(server)
                                .address("127.0.0.1")
                                .user("user", ID)
                                .client())
                .outbound("out", Outbound.direct().allowPrivate())
                .route(Rule.inbound("vless").to("out"))
                .start();
    }

    @Test
    @RequiresPeer("v2ray")
    void v2ray_reaches_our_server() throws IOException {
        try (ReverseTunnel ours = ourServer();
                V2Ray client = V2Ray.start(V2RayDocuments.client(door, origin.port(), server, VLESS))) {
            Rounds.tcp(door);
            Rounds.udp(door);
            then(client.isAlive()).isTrue();
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void v2ray_reaches_our_server_by_mux() throws IOException {
        try (ReverseTunnel ours = ourServer();
                V2Ray client = V2Ray.start(V2RayDocuments.socks(door, server, VLESS.mux(8)))) {
            Rounds.tcp(Socks5.at(door), origin);
            Rounds.udp(Socks5.at(door), datagrams, others);
            then(client.isAlive()).isTrue();
        }
    }

    /** It sends datagrams by mux, as XUDP, whatever it is told. */
    @Test
    @RequiresPeer("xray")
    void xray_reaches_our_server() throws IOException {
        int socks = Ports.free();
        try (ReverseTunnel ours = ourServer();
                Xray client = Xray.start(V2RayDocuments.client(door, origin.port(), server, VLESS));
                Xray other = Xray.start(V2RayDocuments.socks(socks, server, VLESS))) {
            Rounds.tcp(door);
            Rounds.udp(door);
            Rounds.tcp(Socks5.at(socks), origin);
            Rounds.udp(Socks5.at(socks), datagrams, others);
            then(client.isAlive() && other.isAlive()).isTrue();
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void our_client_reaches_v2ray() throws IOException {
        try (V2Ray theirs = V2Ray.start(V2RayDocuments.server(server, VLESS));
                ReverseTunnel ours = ourClient()) {
            Rounds.tcp(door);
            Rounds.udp(door);
            then(theirs.isAlive()).isTrue();
        }
    }

    @Test
    @RequiresPeer("xray")
    void our_client_reaches_xray() throws IOException {
        try (Xray theirs = Xray.start(V2RayDocuments.server(server, VLESS));
                ReverseTunnel ours = ourClient()) {
            Rounds.tcp(door);
            Rounds.udp(door);
            then(theirs.isAlive()).isTrue();
        }
    }

    private ReverseTunnel ourClient() throws TunnelException {
        return ReverseTunnel.node()
                .inbound(
                        "door",
                        Inbound.port(door).address("127.0.0.1").tcpAndUdp().to("127.0.0.1", origin.port()))
                .outbound("vless", Vless.client("127.0.0.1", server).user(ID))
                .route(Rule.inbound("door").to("vless"))
                .start();
    }
}
