package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Rounds;
import dev.reversetunnel.peers.SingBox;
import dev.reversetunnel.peers.SingBoxDocuments;
import dev.reversetunnel.peers.Socks5;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** sing-box as a user of our portal, who reaches the bridge's network; and as the server that our outbounds ask. */
@RequiresPeer("sing-box")
class SingBoxIT {
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
    @MethodSource("dev.reversetunnel.interop.SingBoxPair#all")
    void reaches_the_bridges_network_by_the_port_at_which_bridges_register(SingBoxPair pair) throws Exception {
        int proxy = Ports.free();
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
                    SingBox user = SingBox.start(SingBoxDocuments.mixed(proxy, port, pair.theirs()))) {
                bridge.awaitReady(Duration.ofSeconds(10));

                Rounds.tcp(Socks5.at(proxy), origin);
                Rounds.udp(Socks5.at(proxy), datagrams, others);
                then(user.isAlive()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.reversetunnel.interop.SingBoxPair#all")
    void serves_our_outbounds(SingBoxPair pair) throws Exception {
        int server = Ports.free();
        try (SingBox running = SingBox.start(SingBoxDocuments.server(server, pair.theirs()));
                ReverseTunnel node = ReverseTunnel.node()
                        .inbound(
                                "visitors",
                                Inbound.port(0).address("127.0.0.1").tcpAndUdp().to("127.0.0.1", origin.port()))
                        .outbound("server", pair.client().apply(server))
                        .route(Rule.inbound("visitors").to("server"))
                        .start()) {
            Rounds.tcp(node.port("visitors"));
            Rounds.udp(node.port("visitors"));
            then(running.isAlive()).isTrue();
        }
    }
}
