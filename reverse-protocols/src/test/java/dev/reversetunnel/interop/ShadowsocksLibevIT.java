package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Rounds;
import dev.reversetunnel.peers.ShadowsocksLibev;
import dev.reversetunnel.peers.Socks5;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code ss-local} and {@code ss-tunnel} reach the bridge's network through our portal. */
@RequiresPeer({"ss-local", "ss-tunnel"})
class ShadowsocksLibevIT {
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
    @EnumSource(
            value = ShadowsocksMethod.class,
            names = {"AES_128_GCM", "AES_256_GCM", "CHACHA20_IETF_POLY1305"})
    void streams_and_datagrams_by_each_method(ShadowsocksMethod method) throws Exception {
        String password = method.newPassword();
        int proxy = Ports.free();
        int forwarder = Ports.free();
        try (Portal portal = ReverseTunnel.portal("portal")
                .domain(DOMAIN)
                .listen(Shadowsocks.server(0)
                        .address("127.0.0.1")
                        .method(method)
                        .user("user", password)
                        .client())
                .start()) {
            int port = portal.port("tunnels");
            try (Bridge bridge = ReverseTunnel.bridge("bridge")
                            .domain(DOMAIN)
                            .connect(Shadowsocks.client("127.0.0.1", port)
                                    .method(method)
                                    .password(password))
                            .reach(Outbound.direct().allowPrivate())
                            .start();
                    ShadowsocksLibev local = ShadowsocksLibev.local(proxy, port, method.toString(), password);
                    ShadowsocksLibev tunnel =
                            ShadowsocksLibev.tunnel(forwarder, origin.address(), port, method.toString(), password)) {
                bridge.awaitReady(Duration.ofSeconds(10));
                Rounds.tcp(Socks5.at(proxy), origin);
                Rounds.udp(Socks5.at(proxy), datagrams, others);
                Rounds.tcp(forwarder);
                Rounds.udp(forwarder);
                then(local.isAlive() && tunnel.isAlive()).isTrue();
            }
        }
    }
}
