package dev.reversetunnel.vless;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.ProxyProtocol;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.ProxyHeader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Strangers at a server that sends them on: they see another server, and nothing of ours. */
@Timeout(60)
class VlessFallbackTest {
    private static final int BYTES = 3_000_001;

    private final Origin web = Origin.start();
    private final VlessServer server =
            Vless.server(0).address("127.0.0.1").user("user", UUID.randomUUID()).client();

    @AfterEach
    void close() {
        web.close();
    }

    private static ReverseTunnel node(VlessServer server) throws IOException {
        return ReverseTunnel.node()
                .inbound("in", server)
                .outbound("nowhere", Outbound.refuse())
                .route(Rule.inbound("in").to("nowhere"))
                .start();
    }

    @Test
    void a_stranger_uses_the_other_server_as_if_he_were_there() throws Exception {
        VlessServer sending = server.fallback("127.0.0.1", web.port());
        try (ReverseTunnel node = node(sending)) {
            int port = node.port("in");

            then(Client.get(port)).isEqualTo(Origin.BODY);
            then(Client.download(port, BYTES, 1))
                    .isEqualTo(new Client.Transfer(BYTES, Client.sha256(BYTES, 1), Client.End.CLEAN));
            then(Client.upload(port, BYTES, 2)).isEqualTo(Client.sha256(BYTES, 2));
            then(Client.askForReset(port)).isEqualTo(Client.End.RESET);
            then(sending.counters().accepted()).isZero();
            then(sending.counters().refused().keySet()).isSubsetOf(Reason.VERSION, Reason.INCOMPLETE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_other_server_is_told_who_he_is_if_it_wants_that(ProxyProtocol version) throws Exception {
        try (Origin told = Origin.behindProxy();
                ReverseTunnel node = node(
                        server.fallback(Outbound.to("127.0.0.1", told.port()).proxyProtocol(version)));
                Socket stranger = Client.connect(node.port("in"))) {
            then(Client.echo(stranger, "who am I?")).isEqualTo("who am I?");

            then(told.proxied())
                    .containsExactly(new ProxyHeader(
                            version == ProxyProtocol.V1 ? 1 : 2,
                            (InetSocketAddress) stranger.getLocalSocketAddress(),
                            (InetSocketAddress) stranger.getRemoteSocketAddress()));
        }
    }

    @Test
    void a_web_server_in_this_jvm_will_do() throws Exception {
        Outbound site = Outbound.http(exchange -> {
            byte[] page = "nothing to see".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        try (ReverseTunnel node = node(server.fallback(site));
                InputStream page = URI.create("http://127.0.0.1:" + node.port("in") + "/")
                        .toURL()
                        .openStream()) {
            then(new String(page.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo("nothing to see");
        }
    }

    @Test
    void who_was_sent_on_is_no_stranger_any_more() throws Exception {
        VlessServer impatient = server.fallback("127.0.0.1", web.port())
                .handshakeTimeout(Duration.ofMillis(200))
                .maxUnauthenticated(1, 1);
        try (ReverseTunnel node = node(impatient);
                Socket first = Client.connect(node.port("in"))) {
            then(Client.echo(first, "one")).isEqualTo("one");
            try (Socket second = Client.connect(node.port("in"));
                    Socket silent = Client.connect(node.port("in"))) {
                then(Client.readToEnd(silent).bytes())
                        .as("for somebody whose time was up")
                        .isZero();
                then(Client.readToEnd(second).bytes())
                        .as("for somebody who made room")
                        .isZero();
            }
            then(Client.echo(first, "after that time")).isEqualTo("after that time");
        }
        then(impatient.counters().evicted()).isEqualTo(1);
    }

    @Test
    void a_server_that_is_not_there_is_a_reset() throws Exception {
        VlessServer sending = server.fallback("127.0.0.1", Ports.free());
        try (ReverseTunnel node = node(sending);
                Socket stranger = Client.connect(node.port("in"))) {
            stranger.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

            then(Client.readToEnd(stranger)).satisfies(seen -> {
                then(seen.bytes()).isZero();
                then(seen.end()).isEqualTo(Client.End.RESET);
            });
            await().until(() -> sending.counters().refused(Reason.VERSION) == 1);
        }
    }
}
