package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Rounds;
import dev.reversetunnel.peers.Socks5;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayDocuments;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every carrier that V2Ray 4.34 has, in each role: tunnels, users and servers, streams and datagrams. */
@RequiresPeer("v2ray")
class V2RayCarriersIT {
    private static final String DOMAIN = "reverse.test.internal";

    private final Origin origin = Origin.start(Ports.free());
    private final DatagramOrigin datagrams = DatagramOrigin.beside(origin);
    private final DatagramOrigin others = DatagramOrigin.echo();

    @AfterEach
    void close() {
        origin.close();
        datagrams.close();
        others.close();
    }

    @ParameterizedTest
    @MethodSource("dev.reversetunnel.interop.V2RayPair#all")
    void its_bridge_registers_at_our_portal(V2RayPair pair) throws Exception {
        try (Portal portal = ReverseTunnel.portal("portal")
                        .domain(DOMAIN)
                        .listen(pair.server().get())
                        .listen(Inbound.port(0).address("127.0.0.1").tcpAndUdp())
                        .start();
                V2Ray bridge = V2Ray.start(
                        V2RayDocuments.bridge(portal.port("tunnels"), pair.theirs(), DOMAIN, origin.address()))) {
            thenIsCarried(portal.port("visitors"));
            then(bridge.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.reversetunnel.interop.V2RayPair#all")
    void our_bridge_registers_at_its_portal(V2RayPair pair) throws Exception {
        int visitors = Ports.free();
        int tunnels = Ports.free();
        try (V2Ray portal = V2Ray.start(V2RayDocuments.portal(visitors, tunnels, pair.theirs(), DOMAIN));
                Bridge bridge = ReverseTunnel.bridge("bridge")
                        .domain(DOMAIN)
                        .connect(pair.client().apply(tunnels))
                        .forward("127.0.0.1", origin.port())
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            thenIsCarried(visitors);
            then(portal.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.reversetunnel.interop.V2RayPair#all")
    void its_users_reach_our_bridges_network(V2RayPair pair) throws Exception {
        int proxy = Ports.free();
        int withMux = Ports.free();
        try (Portal portal = ReverseTunnel.portal("portal")
                .domain(DOMAIN)
                .listen(pair.server().get().client())
                .start()) {
            int port = portal.port("tunnels");
            try (Bridge bridge = ReverseTunnel.bridge("bridge")
                            .domain(DOMAIN)
                            .connect(pair.client().apply(port))
                            .reach(Outbound.direct().allowPrivate())
                            .start();
                    V2Ray user = V2Ray.start(V2RayDocuments.socks(proxy, port, pair.theirs()));
                    V2Ray userWithMux = V2Ray.start(
                            V2RayDocuments.socks(withMux, port, pair.theirs().mux(8)))) {
                bridge.awaitReady(Duration.ofSeconds(10));
                Rounds.tcp(Socks5.at(proxy), origin);
                Rounds.udp(Socks5.at(proxy), datagrams, others);
                Rounds.tcp(Socks5.at(withMux), origin);
                Rounds.udp(Socks5.at(withMux), datagrams, others);
                then(user.isAlive() && userWithMux.isAlive()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.reversetunnel.interop.V2RayPair#all")
    void it_serves_our_outbounds(V2RayPair pair) throws Exception {
        int server = Ports.free();
        try (V2Ray running = V2Ray.start(V2RayDocuments.server(server, pair.theirs()));
                ReverseTunnel node = ReverseTunnel.node()
                        .inbound(
                                "visitors",
                                Inbound.port(0).address("127.0.0.1").tcpAndUdp().to("127.0.0.1", origin.port()))
                        .outbound("server", pair.client().apply(server))
                        .route(Rule.inbound("visitors").to("server"))
                        .start()) {
            thenIsCarried(node.port("visitors"));
            then(running.isAlive()).isTrue();
        }
    }

    private static void thenIsCarried(int port) throws Exception {
        await().ignoreExceptions().untilAsserted(() -> then(Client.get(port)).isEqualTo(Origin.BODY));
        Rounds.tcp(port);
        Rounds.udp(port);
    }
}
