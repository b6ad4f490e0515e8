package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.SingBox;
import dev.reversetunnel.peers.SingBoxCarrier;
import dev.reversetunnel.peers.SingBoxDocuments;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shadowsocks 2022 wants clocks that differ by 30 s at most. Ours is set wrong; sing-box has the right time. */
@RequiresPeer("sing-box")
class WrongClock2022IT {
    private static final ShadowsocksMethod METHOD = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022;

    private final Origin origin = Origin.start();
    private final String password = METHOD.newPassword();
    private final SingBoxCarrier theirs = SingBoxCarrier.shadowsocks(METHOD.toString(), password);

    @AfterEach
    void close() {
        origin.close();
    }

    private static Clock ahead(int seconds) {
        return Clock.offset(Clock.systemUTC(), Duration.ofSeconds(seconds));
    }

    private ReverseTunnel client(int server, int seconds) throws TunnelException {
        return ReverseTunnel.node()
                .clock(ahead(seconds))
                .inbound("visitors", Inbound.port(0).address("127.0.0.1").to("127.0.0.1", origin.port()))
                .outbound(
                        "server",
                        Shadowsocks.client("127.0.0.1", server).method(METHOD).password(password))
                .route(Rule.inbound("visitors").to("server"))
                .start();
    }

    private ReverseTunnel server(int seconds) throws TunnelException {
        return ReverseTunnel.node()
                .clock(ahead(seconds))
                .inbound(
                        "clients",
                        Shadowsocks.server(0)
                                .address("127.0.0.1")
                                .method(METHOD)
                                .user("user", password)
                                .client())
                .outbound("direct", Outbound.direct().allowPrivate())
                .route(Rule.inbound("clients").to("direct"))
                .start();
    }

    @ParameterizedTest
    @ValueSource(ints = {-25, 25})
    void our_client_may_be_off_by_less(int seconds) throws Exception {
        int port = Ports.free();
        try (SingBox running = SingBox.start(SingBoxDocuments.server(port, theirs));
                ReverseTunnel node = client(port, seconds)) {
            then(Client.get(node.port("visitors"))).isEqualTo(Origin.BODY);
            then(running.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-35, 35})
    void our_client_is_refused_when_it_is_off_by_more(int seconds) throws Exception {
        int port = Ports.free();
        try (SingBox running = SingBox.start(SingBoxDocuments.server(port, theirs));
                ReverseTunnel node = client(port, seconds)) {
            thenThrownBy(() -> Client.get(node.port("visitors"))).isInstanceOf(IOException.class);
            then(origin.accepted()).isZero();
            then(running.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-25, 25})
    void our_server_may_be_off_by_less(int seconds) throws Exception {
        int users = Ports.free();
        try (ReverseTunnel node = server(seconds);
                SingBox user =
                        SingBox.start(SingBoxDocuments.client(users, origin.port(), node.port("clients"), theirs))) {
            then(Client.get(users)).isEqualTo(Origin.BODY);
            then(user.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-35, 35})
    void our_servers_owner_reads_how_far_off_it_is(int seconds) throws Exception {
        int users = Ports.free();
        try (LogLines log = new LogLines();
                ReverseTunnel node = server(seconds);
                SingBox user =
                        SingBox.start(SingBoxDocuments.client(users, origin.port(), node.port("clients"), theirs))) {
            thenThrownBy(() -> Client.get(users)).isInstanceOf(IOException.class);
            // seconds that pass between the two looks at the clock count
            String off = "user \"user\": the peer's clock is (%d|%d) s %s"
                    .formatted(
                            Math.abs(seconds),
                            Math.abs(seconds) + (seconds < 0 ? 1 : -1),
                            seconds < 0 ? "ahead" : "behind");
            await().untilAsserted(() -> then(log.lines()).anyMatch(line -> line.matches(".*" + off + ".*")));
            then(origin.accepted()).isZero();
            then(user.isAlive()).isTrue();
        }
    }
}
