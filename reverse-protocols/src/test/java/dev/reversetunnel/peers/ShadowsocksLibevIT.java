package dev.reversetunnel.peers;

import static org.assertj.core.api.BDDAssertions.then;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients and server of shadowsocks-libev, and nothing of ours: what interoperability tests stand on. */
@RequiresPeer({"ss-local", "ss-tunnel", "ss-server"})
class ShadowsocksLibevIT {
    private static final String PASSWORD = "correct horse";

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

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"})
    void forwards_and_proxies(String method) throws IOException {
        int proxy = Ports.free();
        try (ShadowsocksLibev running = ShadowsocksLibev.server(server, method, PASSWORD);
                ShadowsocksLibev tunnel = ShadowsocksLibev.tunnel(door, origin.address(), server, method, PASSWORD);
                ShadowsocksLibev local = ShadowsocksLibev.local(proxy, server, method, PASSWORD)) {
            Rounds.tcp(door);
            Rounds.udp(door);
            Rounds.tcp(Socks5.at(proxy), origin);
            Rounds.udp(Socks5.at(proxy), datagrams, others);
            then(running.isAlive() && tunnel.isAlive() && local.isAlive()).isTrue();
        }
    }
}
