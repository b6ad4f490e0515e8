package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Rounds;
import dev.reversetunnel.peers.SingBox;
import dev.reversetunnel.peers.SingBoxCarrier;
import dev.reversetunnel.peers.SingBoxDocuments;
import dev.reversetunnel.peers.Socks5;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * One port of Shadowsocks 2022 at which the bridge registers and clients come in, and a web port beside it: a document
 * that many start from. The bridge has two forms: one reaches what is asked for, the other a web server alone.
 */
class OnePortForAllIT {
    private static final String DOMAIN = "reverse.test.internal";
    private static final ShadowsocksMethod METHOD = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022;

    private final String key = METHOD.newPassword();
    private final Origin origin = Origin.start(Ports.free());
    private final DatagramOrigin datagrams = DatagramOrigin.beside(origin);
    private final DatagramOrigin others = DatagramOrigin.echo();

    @AfterEach
    void close() {
        origin.close();
        datagrams.close();
        others.close();
    }

    private ReverseTunnel portal() throws Exception {
        return ReverseTunnel.node()
                .inbound(
                        "incoming",
                        Shadowsocks.server(0)
                                .address("127.0.0.1")
                                .method(METHOD)
                                .user("habr", key)
                                .client())
                .inbound(
                        "web_server_forward",
                        Inbound.port(0).address("127.0.0.1").to("127.0.0.1", origin.port()))
                .portal("portal", DOMAIN)
                .outbound("direct", Outbound.direct())
                .outbound("block", Outbound.refuse())
                .route(Rule.inbound("incoming").to("portal"))
                .route(Rule.inbound("web_server_forward").to("portal"))
                .start();
    }

    private ReverseTunnel bridge(int portal, String target) throws Exception {
        return ReverseTunnel.node()
                .bridge("bridge", DOMAIN)
                .outbound(
                        "outgoing",
                        Shadowsocks.client("127.0.0.1", portal).method(METHOD).password(key))
                .outbound("direct", Outbound.direct().allowPrivate())
                .outbound("block", Outbound.refuse())
                .outbound("web_server_local", Outbound.to("127.0.0.1", origin.port()))
                .route(Rule.inbound("bridge").domain("full:" + DOMAIN).to("outgoing"))
                .route(Rule.inbound("bridge").to(target))
                .start();
    }

    private ReverseTunnel user(int portal, int target) throws Exception {
        return ReverseTunnel.node()
                .inbound(
                        "local",
                        Inbound.port(0).address("127.0.0.1").tcpAndUdp().to("127.0.0.1", target))
                .outbound(
                        "portal",
                        Shadowsocks.client("127.0.0.1", portal).method(METHOD).password(key))
                .route(Rule.inbound("local").to("portal"))
                .start();
    }

    @Test
    void clients_and_the_web_port_reach_what_they_ask_for() throws Exception {
        try (ReverseTunnel portal = portal();
                ReverseTunnel bridge = bridge(portal.port("incoming"), "direct");
                ReverseTunnel user = user(portal.port("incoming"), origin.port())) {
            await().until(() -> !portal.snapshot().tunnels().isEmpty());
            then(Client.get(portal.port("web_server_forward"))).isEqualTo(Origin.BODY);
            Rounds.tcp(user.port("local"));
            Rounds.udp(user.port("local"));
            then(bridge.snapshot().refused()).isZero();
        }
    }

    @Test
    void with_port_forwarding_all_of_them_reach_the_web_server() throws Exception {
        try (ReverseTunnel portal = portal();
                ReverseTunnel bridge = bridge(portal.port("incoming"), "web_server_local");
                ReverseTunnel user = user(portal.port("incoming"), others.port())) {
            await().until(() -> !portal.snapshot().tunnels().isEmpty());
            then(Client.get(portal.port("web_server_forward"))).isEqualTo(Origin.BODY);
            Rounds.tcp(user.port("local"));
            Rounds.udp(user.port("local"));
            then(others.received()).isZero();
            then(bridge.snapshot().tunnels()).isNotEmpty();
        }
    }

    @Test
    @RequiresPeer("sing-box")
    void a_client_of_another_make_comes_in_by_the_same_port() throws Exception {
        int proxy = Ports.free();
        try (ReverseTunnel portal = portal();
                ReverseTunnel bridge = bridge(portal.port("incoming"), "direct");
                SingBox user = SingBox.start(SingBoxDocuments.mixed(
                        proxy, portal.port("incoming"), SingBoxCarrier.shadowsocks(METHOD.toString(), key)))) {
            await().until(() -> !portal.snapshot().tunnels().isEmpty());
            Rounds.tcp(Socks5.at(proxy), origin);
            Rounds.udp(Socks5.at(proxy), datagrams, others);
            then(user.isAlive()).isTrue();
            then(bridge.snapshot().refused()).isZero();
        }
    }
}
