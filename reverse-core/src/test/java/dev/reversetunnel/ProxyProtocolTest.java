package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Visitors' addresses by the PROXY protocol, from a proxy in front of a port to a backend behind a node. */
class ProxyProtocolTest {
    private static final String HEADER = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\n";

    private static ReverseTunnel node(PortInbound port, Outbound target, TunnelListener... listeners) {
        ReverseTunnel.Builder builder = ReverseTunnel.node()
                .inbound("web", port.address("127.0.0.1").to("shop.example", 80))
                .outbound("target", target)
                .route(Rule.any().to("target"));
        for (TunnelListener listener : listeners) {
            builder.listener(listener);
        }
        return start(builder);
    }

    private static ReverseTunnel start(ReverseTunnel.Builder builder) {
        return builder.startAsync().join();
    }

    private static Socket saying(ReverseTunnel node, String text) throws IOException {
        Socket socket = Tunnels.connect(node.port("web"));
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    // ---- at a port ----

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.0/8", "127.0.0.1", "127.0.0.1/32", "0.0.0.0/0"})
    void a_proxy_that_is_trusted_says_where_a_visitor_comes_from(String trusted) throws Exception {
        try (ReverseTunnel node =
                        node(Inbound.port(0).proxyProtocol("2001:db8::/32", trusted), Outbound.handler(Who.IS_IT));
                Socket proxy = saying(node, HEADER)) {
            then(Tunnels.line(proxy.getInputStream())).isEqualTo("/192.0.2.7:40000 to /198.51.100.1:443 by web");
        }
    }

    @Test
    void what_comes_with_the_header_is_not_lost() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node =
                        node(Inbound.port(0).proxyProtocol("127.0.0.1"), Outbound.to("127.0.0.1", origin.port()));
                Socket proxy = saying(node, HEADER + "hello\n")) {
            then(Tunnels.line(proxy.getInputStream())).isEqualTo("hello");
            then(Tunnels.say(proxy, "again")).isEqualTo("again");
            proxy.shutdownOutput();
            then(proxy.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void a_request_that_ends_with_its_header_is_answered() throws Exception {
        try (Origin origin = new Origin(socket -> {
                    byte[] all = socket.getInputStream().readAllBytes();
                    socket.getOutputStream().write(all);
                });
                ReverseTunnel node =
                        node(Inbound.port(0).proxyProtocol("127.0.0.1"), Outbound.to("127.0.0.1", origin.port()));
                Socket proxy = saying(node, HEADER + "hello\n")) {
            proxy.shutdownOutput();
            then(new String(proxy.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .isEqualTo("hello\n");
        }
    }

    @Test
    void from_anybody_else_a_header_is_payload() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(
                        Inbound.port(0).proxyProtocol("127.0.0.2", "10.0.0.0/8", "::1"),
                        Outbound.to("127.0.0.1", origin.port()));
                Socket visitor = saying(node, HEADER)) {
            then(Tunnels.line(visitor.getInputStream()) + '\n').isEqualTo(HEADER);
        }
    }

    @Test
    void anybody_else_needs_no_header_and_has_his_own_address() throws Exception {
        try (ReverseTunnel node = node(Inbound.port(0).proxyProtocol("127.0.0.2"), Outbound.handler(Who.IS_IT));
                Socket visitor = Tunnels.connect(node.port("web"))) {
            then(Tunnels.line(visitor.getInputStream()))
                    .isEqualTo(
                            "/127.0.0.1:" + visitor.getLocalPort() + " to /127.0.0.1:" + node.port("web") + " by web");
        }
    }

    @Test
    void a_proxy_that_is_trusted_must_send_a_header() throws Exception {
        Heard heard = new Heard();
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(
                        Inbound.port(0).proxyProtocol("127.0.0.1"), Outbound.to("127.0.0.1", origin.port()), heard)) {
            String secret = "GET /?password=hunter2 HTTP/1.1\r\n\r\n";
            thenEnds(saying(node, secret));
            await().until(() -> !heard.of("refused").isEmpty()); // Netty's decoder closes before it says why
            then(heard.of("refused"))
                    .singleElement()
                    .asString()
                    .contains("no valid header")
                    .doesNotContain("hunter2");
            then(node.snapshot().refused()).isEqualTo(1);
            then(origin.sockets).isEmpty();
        }
    }

    /** By a reset or a plain end, as the kernel has it: the decoder leaves no byte unread. */
    private static void thenEnds(Socket socket) throws IOException {
        try (socket) {
            then(socket.getInputStream().read()).isEqualTo(-1);
        } catch (SocketException reset) {
            then(reset).hasMessageContaining("reset");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/33",
                "10.0.0.0/",
                "10.0.0.0/8/8",
                "fd00::/129",
                "proxy.example",
                "localhost/8",
                "",
                "/8"
            })
    void a_network_that_is_none_is_found_at_the_desk(String network) {
        thenThrownBy(() -> Inbound.port(0).proxyProtocol("10.0.0.0/8", network))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("proxyProtocol: \"" + network
                        + "\" (expected: a network such as 10.0.0.0/8 or fd00::/8, or an IP address)");
    }

    @Test
    void to_trust_nobody_in_so_many_words_is_a_mistake() {
        thenThrownBy(() -> Inbound.port(0).proxyProtocol())
                .hasMessage("proxyProtocol: no address (expected: those of your proxies)");
    }

    @Test
    void networks_are_of_one_family() {
        TrustedProxies proxies = TrustedProxies.of("10.0.0.0/8", "fd00::/8", "2001:db8::1");
        then(proxies.include(new InetSocketAddress("10.255.0.1", 1))).isTrue();
        then(proxies.include(new InetSocketAddress("::ffff:10.255.0.1", 1))).isTrue(); // Java takes it for IPv4
        then(proxies.include(new InetSocketAddress("11.0.0.1", 1))).isFalse();
        then(proxies.include(new InetSocketAddress("fdff::1", 1))).isTrue();
        then(proxies.include(new InetSocketAddress("fe80::1", 1))).isFalse();
        then(proxies.include(new InetSocketAddress("2001:db8::1", 1))).isTrue();
        then(proxies.include(new InetSocketAddress("2001:db8::2", 1))).isFalse();
        then(proxies.include(InetSocketAddress.createUnresolved("10.0.0.1", 1))).isFalse();
        then(proxies.include(null)).isFalse();
    }

    // ---- to a backend ----

    @ParameterizedTest
    @EnumSource(ProxyProtocol.class)
    void a_backend_sees_who_it_serves(ProxyProtocol version) throws Exception {
        try (ReverseTunnel backend = node(Inbound.port(0).proxyProtocol("127.0.0.0/8"), Outbound.handler(Who.IS_IT));
                ReverseTunnel node = node(
                        Inbound.port(0),
                        Outbound.to("127.0.0.1", backend.port("web")).proxyProtocol(version));
                Socket visitor = Tunnels.connect(node.port("web"))) {
            // a visitor who waits for the backend to speak
            then(Tunnels.line(visitor.getInputStream()))
                    .isEqualTo(
                            "/127.0.0.1:" + visitor.getLocalPort() + " to /127.0.0.1:" + node.port("web") + " by web");
        }
    }

    @Test
    void what_a_proxy_says_is_passed_on_to_the_backend() throws Exception {
        try (ReverseTunnel backend = node(Inbound.port(0).proxyProtocol("127.0.0.0/8"), Outbound.handler(Who.IS_IT));
                ReverseTunnel node = node(
                        Inbound.port(0).proxyProtocol("127.0.0.1"),
                        Outbound.to("127.0.0.1", backend.port("web")).proxyProtocol(ProxyProtocol.V2));
                Socket proxy = saying(node, "PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n")) {
            then(Tunnels.line(proxy.getInputStream()))
                    .isEqualTo("/[2001:db8:0:0:0:0:0:7]:40000 to /[2001:db8:0:0:0:0:0:1]:443 by web");
        }
    }

    @Test
    void direct_tells_it_too() throws Exception {
        try (ReverseTunnel backend = node(Inbound.port(0).proxyProtocol("127.0.0.0/8"), Outbound.handler(Who.IS_IT));
                ReverseTunnel node = start(ReverseTunnel.node()
                        .inbound("web", Inbound.port(0).address("127.0.0.1").to("127.0.0.1", backend.port("web")))
                        .outbound(
                                "direct",
                                Outbound.direct()
                                        .proxyProtocol(ProxyProtocol.V1)
                                        .allowPrivate())
                        .route(Rule.any().to("direct")));
                Socket visitor = Tunnels.connect(node.port("web"))) {
            then(Tunnels.line(visitor.getInputStream())).startsWith("/127.0.0.1:" + visitor.getLocalPort() + " to ");
        }
    }

    /** The legacy reverse carries no addresses, but two ends of our make tell each other. */
    @Test
    void a_backend_behind_a_legacy_tunnel_of_ours_is_told_who_it_is() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = Tunnels.portal();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port("tunnels"))
                        .reach(Outbound.to("127.0.0.1", origin.port()).proxyProtocol(ProxyProtocol.V1)))) {
            PortalTunnel tunnel =
                    portal.node().portals().iterator().next().pool().all().get(0);
            await().until(() -> tunnel.mux().isOwnPeer());
            try (Socket visitor = Tunnels.visit(portal)) {
                then(Tunnels.say(visitor, "hello"))
                        .isEqualTo("PROXY TCP4 127.0.0.1 127.0.0.1 " + visitor.getLocalPort() + " " + visitor.getPort()
                                + "\r");
                then(Tunnels.line(visitor.getInputStream())).isEqualTo("hello");
            }
            then(bridge.snapshot().failed()).isZero();
        }
    }

    @Test
    void a_backend_behind_a_legacy_tunnel_of_others_is_told_that_nobody_knows() throws Exception {
        try (Origin origin = Origin.echo();
                HostilePortal portal = new HostilePortal();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port())
                        .reach(Outbound.to("127.0.0.1", origin.port()).proxyProtocol(ProxyProtocol.V1)))) {
            then(portal.ask(Destination.tcp("web.home", 80)))
                    .startsWith(Hex.of(Unpooled.copiedBuffer("PROXY UNKNOWN\r\n", StandardCharsets.US_ASCII)));
            then(bridge.snapshot().failed()).isZero();
        }
    }

    @Test
    void outbounds_say_what_they_do() {
        then(Outbound.to("web", 80).proxyProtocol(ProxyProtocol.V2))
                .hasToString("to tcp:web:80, with PROXY protocol V2");
        then(Outbound.to("web", 80)).hasToString("to tcp:web:80");
        then(Outbound.direct().proxyProtocol(ProxyProtocol.V1)).hasToString("direct, with PROXY protocol V1");
    }

    // ---- for applications ----

    @Test
    void a_web_application_sees_the_visitors_address() throws Exception {
        Outbound application = Outbound.http(exchange -> {
            byte[] answer = (exchange.getRemoteAddress() + " to " + exchange.getLocalAddress()).getBytes();
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        try (ReverseTunnel node = node(Inbound.port(0).proxyProtocol("127.0.0.1"), application);
                Socket proxy = saying(node, HEADER + "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")) {
            then(new String(proxy.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .endsWith("\r\n\r\n/192.0.2.7:40000 to /198.51.100.1:443");
        }
    }

    @Test
    void a_channel_of_another_making_has_no_request() {
        EmbeddedChannel channel = new EmbeddedChannel();
        thenThrownBy(() -> Request.of(channel))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("request: none (expected: a channel that Outbound.handler(...) was given)");
        then(channel.finish()).isFalse();
    }
}
