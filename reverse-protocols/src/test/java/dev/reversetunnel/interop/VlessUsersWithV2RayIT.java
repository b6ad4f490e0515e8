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
import dev.reversetunnel.vless.Vless;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** V2Ray's users at our VLESS server, and ours at V2Ray's: streams, datagrams, and both by mux. */
@RequiresPeer("v2ray")
class VlessUsersWithV2RayIT {
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
    void v2ray_reaches_our_server() throws IOException {
        try (ReverseTunnel ours = ourServer();
                V2Ray client = V2Ray.start(V2RayDocuments.client(door, origin.port(), server, VLESS))) {
            Rounds.tcp(door);
            Rounds.udp(door);
            then(client.isAlive()).isTrue();
        }
    }

    @Test
    void v2ray_reaches_our_server_by_mux() throws IOException {
        try (ReverseTunnel ours = ourServer();
                V2Ray client = V2Ray.start(V2RayDocuments.socks(door, server, VLESS.mux(8)))) {
            Rounds.tcp(Socks5.at(door), origin);
            Rounds.udp(Socks5.at(door), datagrams, others);
            then(client.isAlive()).isTrue();
        }
    }

    @Test
    void our_client_reaches_v2ray() throws IOException {
        try (V2Ray theirs = V2Ray.start(V2RayDocuments.server(server, VLESS));
                ReverseTunnel ours = ReverseTunnel.node()
                        .inbound(
                                "door",
                                Inbound.port(door)
                                        .address("127.0.0.1")
                                        .tcpAndUdp()
                                        .to("127.0.0.1", origin.port()))
                        .outbound("vless", Vless.client("127.0.0.1", server).user(ID))
                        .route(Rule.inbound("door").to("vless"))
                        .start()) {
            Rounds.tcp(door);
            Rounds.udp(door);
            then(theirs.isAlive()).isTrue();
        }
    }
}
