package dev.reversetunnel.proxy;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.carrier.ProxyClient;
import dev.reversetunnel.http.HttpProxy;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Client.End;
import dev.reversetunnel.peers.Client.Transfer;
import dev.reversetunnel.peers.DatagramClient;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.SingBox;
import dev.reversetunnel.peers.SingBoxDocuments;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayCarrier;
import dev.reversetunnel.peers.V2RayDocuments;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.vmess.Vmess;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Our clients at the proxies of others. */
class ForeignProxiesIT {
    private static final UUID ID = UUID.randomUUID();
    private static final long SIZE = 20L << 20;

    private final Origin origin = Origin.start();
    private final DatagramOrigin echo = DatagramOrigin.echo();

    @AfterEach
    void close() {
        origin.close();
        echo.close();
    }

    @Test
    @RequiresPeer("sing-box")
    void a_tunnel_is_dialled_through_sing_box() throws Exception {
        int port = Ports.free();
        try (SingBox proxy = SingBox.start(SingBoxDocuments.proxy(port, "ann", "secret"))) {
            thenATunnelIsDialledThrough(Socks5.client("127.0.0.1", port).user("ann", "secret"));
            thenATunnelIsDialledThrough(HttpProxy.client("127.0.0.1", port).user("ann", "secret"));
            then(proxy.isAlive()).isTrue();
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void a_tunnel_is_dialled_through_v2ray() throws Exception {
        int port = Ports.free();
        int server = Ports.free();
        try (V2Ray exit = V2Ray.start(V2RayDocuments.server(server, V2RayCarrier.vless(ID)), server);
                V2Ray proxy = V2Ray.start(V2RayDocuments.socks(port, server, V2RayCarrier.vless(ID)), port)) {
            thenATunnelIsDialledThrough(Socks5.client("127.0.0.1", port));
            then(exit.isAlive()).isTrue();
            then(proxy.isAlive()).isTrue();
        }
    }

    private void thenATunnelIsDialledThrough(ProxyClient<?> proxy) throws Exception {
        UUID id = UUID.randomUUID();
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain("reverse.test.internal")
                        .listen(Vmess.server(0).address("127.0.0.1").user("shop", id))
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .start();
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain("reverse.test.internal")
                        .connect(Vmess.client("localhost", portal.port("tunnels"))
                                .user(id)
                                .transport(proxy))
                        .forward("127.0.0.1", origin.port())
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            then(Client.download(portal.port("visitors"), SIZE, 3))
                    .isEqualTo(new Transfer(SIZE, Client.sha256(SIZE, 3), End.CLEAN));
            then(Client.upload(portal.port("visitors"), SIZE, 3)).isEqualTo(Client.sha256(SIZE, 3));
        }
    }

    @Test
    @RequiresPeer("sing-box")
    void datagrams_go_through_sing_box() throws Exception {
        int port = Ports.free();
        try (SingBox proxy = SingBox.start(SingBoxDocuments.proxy(port, "ann", "secret"))) {
            thenDatagramsGoThrough(Socks5.client("127.0.0.1", port).user("ann", "secret"));
            then(proxy.isAlive()).isTrue();
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void datagrams_go_through_v2ray() throws Exception {
        int port = Ports.free();
        int server = Ports.free();
        try (V2Ray exit = V2Ray.start(V2RayDocuments.server(server, V2RayCarrier.vless(ID)), server);
                V2Ray proxy = V2Ray.start(V2RayDocuments.socks(port, server, V2RayCarrier.vless(ID)), port)) {
            thenDatagramsGoThrough(Socks5.client("127.0.0.1", port));
            then(exit.isAlive()).isTrue();
            then(proxy.isAlive()).isTrue();
        }
    }

    private void thenDatagramsGoThrough(ProxyClient<?> proxy) throws Exception {
        try (ReverseTunnel near = ReverseTunnel.node()
                        .inbound(
                                "visitors",
                                Inbound.port(0).udp().address("127.0.0.1").to("127.0.0.1", echo.port()))
                        .outbound("proxy", proxy)
                        .route(Rule.inbound("visitors").to("proxy"))
                        .start();
                DatagramClient visitor = DatagramClient.open()) {
            for (int round = 0; round < 20; round++) {
                then(visitor.exchange(near.port("visitors"), "round " + round)).isEqualTo("round " + round);
            }
        }
    }

    @Test
    @RequiresPeer("sing-box")
    void what_sing_box_does_not_reach_is_told() throws Exception {
        int port = Ports.free();
        int nobody = Ports.free();
        try (SingBox proxy = SingBox.start(SingBoxDocuments.proxy(port))) {
            for (ProxyClient<?> client :
                    new ProxyClient<?>[] {Socks5.client("127.0.0.1", port), HttpProxy.client("127.0.0.1", port)}) {
                try (ReverseTunnel near = ReverseTunnel.node()
                        .inbound(
                                "visitors", Inbound.port(0).address("127.0.0.1").to("127.0.0.1", nobody))
                        .outbound("proxy", client)
                        .route(Rule.inbound("visitors").to("proxy"))
                        .start()) {
                    then(Client.knock(near.port("visitors"), 'G'))
                            .extracting(Transfer::end)
                            .isEqualTo(End.RESET);
                }
            }
            then(proxy.isAlive()).isTrue();
        }
    }
}
