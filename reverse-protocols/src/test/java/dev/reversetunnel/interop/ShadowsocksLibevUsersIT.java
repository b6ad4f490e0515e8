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
import dev.reversetunnel.peers.ShadowsocksLibev;
import dev.reversetunnel.peers.Socks5;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Users of shadowsocks-libev at our server of 2017, and ours at theirs: streams and datagrams. */
class ShadowsocksLibevUsersIT {
    private static final String PASSWORD = "correct horse battery staple, and more";

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

    private ReverseTunnel ourServer(ShadowsocksMethod method) throws TunnelException {
        return ReverseTunnel.node()
                .inbound(
                        "shadowsocks",
                        Shadowsocks.server(server)
                                .address("127.0.0.1")
                                .method(method)
                                .user("another", method.newPassword())
                                .user("user", PASSWORD)
                                .clientOnly())
                .outbound("out", Outbound.direct().allowPrivate())
                .route(Rule.inbound("shadowsocks").to("out"))
                .start();
    }

    private ReverseTunnel ourClient(ShadowsocksMethod method) throws TunnelException {
        return ReverseTunnel.node()
                .inbound(
                        "door",
                        Inbound.port(door).address("127.0.0.1").tcpAndUdp().to("127.0.0.1", origin.port()))
                .outbound(
                        "shadowsocks",
                        Shadowsocks.client("127.0.0.1", server).method(method).password(PASSWORD))
                .route(Rule.inbound("door").to("shadowsocks"))
                .start();
    }

    @ParameterizedTest
    @EnumSource(names = {"AES_128_GCM", "AES_256_GCM", "CHACHA20_IETF_POLY1305"})
    @RequiresPeer({"ss-local", "ss-tunnel"})
    void shadowsocks_libev_reaches_our_server(ShadowsocksMethod method) throws IOException {
        int proxy = Ports.free();
        try (ReverseTunnel ours = ourServer(method);
                ShadowsocksLibev tunnel =
                        ShadowsocksLibev.tunnel(door, origin.address(), server, method.toString(), PASSWORD);
                ShadowsocksLibev local = ShadowsocksLibev.local(proxy, server, method.toString(), PASSWORD)) {
            Rounds.tcp(door);
            Rounds.udp(door);
            Rounds.tcp(Socks5.at(proxy), origin);
            Rounds.udp(Socks5.at(proxy), datagrams, others);
            then(tunnel.isAlive() && local.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"AES_128_GCM", "AES_256_GCM", "CHACHA20_IETF_POLY1305"})
    @RequiresPeer("ss-server")
    void our_client_reaches_shadowsocks_libev(ShadowsocksMethod method) throws IOException {
        try (ShadowsocksLibev theirs = ShadowsocksLibev.server(server, method.toString(), PASSWORD);
                ReverseTunnel ours = ourClient(method)) {
            Rounds.tcp(door);
            Rounds.udp(door);
            then(theirs.isAlive()).isTrue();
        }
    }
}
