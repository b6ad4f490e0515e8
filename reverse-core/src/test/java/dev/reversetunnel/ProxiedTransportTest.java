package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The PROXY protocol in front of a carrier: the one that bridges and users come in by. */
class ProxiedTransportTest {
    private static final String HEADER = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\n";

    private static ReverseTunnel node(String trusted, TunnelListener... listeners) {
        ReverseTunnel.Builder builder = ReverseTunnel.node()
                .inbound("carrier", Plain.server(Transport.tcp().proxyProtocol(trusted), 0, Grant.BOTH))
                .outbound("who", Outbound.handler(Who.IS_IT))
                .route(Rule.any().to("who"));
        for (TunnelListener listener : listeners) {
            builder.listener(listener);
        }
        return builder.startAsync().join();
    }

    /** What a user of the carrier says first, behind something else. */
    private static byte[] behind(String header) {
        ByteBuf all = Unpooled.buffer();
        all.writeCharSequence(header, StandardCharsets.US_ASCII);
        Plain.writeHeader(all, Command.CONNECT, "ada", dev.reversetunnel.net.Destination.tcp("shop.example", 80));
        byte[] bytes = new byte[all.readableBytes()];
        all.readBytes(bytes);
        return bytes;
    }

    private static Socket saying(ReverseTunnel node, byte[] bytes) throws IOException {
        Socket socket = Tunnels.connect(node.port("carrier"));
        socket.getOutputStream().write(bytes);
        return socket;
    }

    @Test
    void a_carrier_begins_behind_the_header_and_knows_its_addresses() throws Exception {
        try (ReverseTunnel node = node("127.0.0.1");
                Socket proxy = saying(node, behind(HEADER))) {
            then(Tunnels.line(proxy.getInputStream())).isEqualTo("/192.0.2.7:40000 to /198.51.100.1:443 by carrier");
        }
    }

    @Test
    void also_when_the_carrier_comes_later() throws Exception {
        try (ReverseTunnel node = node("127.0.0.1");
                Socket proxy = saying(node, HEADER.getBytes(StandardCharsets.US_ASCII))) {
            proxy.getOutputStream().write(behind(""));
            then(Tunnels.line(proxy.getInputStream())).isEqualTo("/192.0.2.7:40000 to /198.51.100.1:443 by carrier");
        }
    }

    @Test
    void whoever_is_not_trusted_needs_no_header() throws Exception {
        try (ReverseTunnel node = node("127.0.0.2");
                Socket user = saying(node, behind(""))) {
            then(Tunnels.line(user.getInputStream()))
                    .isEqualTo("/127.0.0.1:" + user.getLocalPort() + " to /127.0.0.1:" + node.port("carrier")
                            + " by carrier");
        }
    }

    @Test
    void a_proxy_without_a_header_is_sent_away_visibly() throws Exception {
        Heard heard = new Heard();
        try (ReverseTunnel node = node("127.0.0.1", heard);
                Socket proxy = saying(node, behind("GET / HTTP/1.1\r\n"))) {
            await().until(() -> !heard.of("refused").isEmpty());
            then(heard.of("refused")).singleElement().asString().contains("no valid header of the PROXY protocol");
            then(node.snapshot().refused()).isEqualTo(1);
            then(proxy.isConnected()).isTrue();
        }
    }

    @Test
    void a_tunnel_is_shown_with_the_address_that_its_bridge_has() throws Exception {
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain(Tunnels.DOMAIN)
                        .listen(Plain.server(Transport.tcp().proxyProtocol("127.0.0.1"), 0, Grant.REGISTER))
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .start();
                Tunnels.Origin proxy = new Tunnels.Origin(bridge -> {
                    try (Socket on = Tunnels.connect(portal.port("tunnels"))) {
                        on.getOutputStream().write(HEADER.getBytes(StandardCharsets.US_ASCII));
                        Thread back = new Thread(() -> pass(on, bridge), "back");
                        back.setDaemon(true);
                        back.start();
                        bridge.getInputStream().transferTo(on.getOutputStream());
                    }
                });
                Tunnels.Origin echo = Tunnels.Origin.echo();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(proxy.port()).forward("127.0.0.1", echo.port()));
                Socket visitor = Tunnels.visit(portal)) {
            then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            then(portal.snapshot().tunnels())
                    .allSatisfy(tunnel -> then(tunnel.remote()).hasToString("/192.0.2.7:40000"));
            then(bridge.snapshot().tunnels()).isNotEmpty();
        }
    }

    private static void pass(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // one of them was closed: the test is over
        }
    }

    @Test
    void a_port_for_everybody_takes_it_from_its_transport_too() throws Exception {
        try (ReverseTunnel node = ReverseTunnel.node()
                        .inbound(
                                "carrier",
                                Inbound.port(0)
                                        .address("127.0.0.1")
                                        .transport(Transport.tcp().proxyProtocol("127.0.0.0/8")))
                        .outbound("who", Outbound.handler(Who.IS_IT))
                        .route(Rule.any().to("who"))
                        .start();
                Socket proxy = saying(node, HEADER.getBytes(StandardCharsets.US_ASCII))) {
            then(Tunnels.line(proxy.getInputStream())).isEqualTo("/192.0.2.7:40000 to /198.51.100.1:443 by carrier");
        }
    }

    @Test
    void it_says_what_it_does() {
        then(Transport.tcp()).hasToString("TCP");
        then(Transport.tcp().proxyProtocol("10.0.0.0/8")).hasToString("TCP with PROXY protocol");
    }
}
