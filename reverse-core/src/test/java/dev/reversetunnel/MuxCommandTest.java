package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.DOMAIN;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.net.Destination;
import java.net.Socket;
import java.net.SocketException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What users reach by sessions inside their connection: no more than without. */
class MuxCommandTest {
    private final Heard heard = new Heard();

    /** Users come in by "in"; port 80 is the origin, port 81 is forbidden, the portal has a port for visitors. */
    private ReverseTunnel node(Grant grant, Origin origin) {
        return ReverseTunnel.node()
                .inbound("in", Plain.server(Transport.tcp(), 0, grant))
                .inbound("web", Inbound.port(0).address("127.0.0.1").to("shop.example", 82))
                .portal("portal", DOMAIN)
                .outbound("origin", Outbound.to("127.0.0.1", origin.port()))
                .outbound("nothing", Outbound.refuse())
                .route(
                        Rule.any().domain("full:" + DOMAIN).to("portal"),
                        Rule.any().port(82).to("portal"),
                        Rule.any().port(81).to("nothing"),
                        Rule.inbound("in").user(Plain.TESTER).to("origin"))
                .listener(heard)
                .startAsync()
                .join();
    }

    @Test
    void each_session_is_put_to_the_rules() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(Grant.CONNECT, origin);
                MuxUser user = new MuxUser(node.port("in"))) {
            then(user.ask(Destination.tcp("shop.example", 80))).isEqualTo("01");
            then(user.ask(Destination.tcp("shop.example", 81))).isEqualTo("reset");
            then(user.ask(Destination.tcp("shop.example", 80))).isEqualTo("01");
            then(heard.of("refused")).containsExactly("refused tcp:shop.example:81: by the rule to \"nothing\"");
            then(user.isOpen()).isTrue();
        }
    }

    @Test
    void each_session_is_looked_at() throws Exception {
        Inbound server = Plain.server(Transport.tcp(), 0, Grant.CONNECT, Sniffing.of(Sniffed.HTTP));
        try (Origin origin = Origin.echo();
                ReverseTunnel node = ReverseTunnel.node()
                        .inbound("in", server)
                        .outbound("origin", Outbound.to("127.0.0.1", origin.port()))
                        .route(Rule.any().domain("full:shop.example").to("origin"))
                        .listener(heard)
                        .start();
                MuxUser user = new MuxUser(node.port("in"));
                ReverseTunnel client = ReverseTunnel.node()
                        .inbound("local", Inbound.port(0).address("127.0.0.1").to("192.0.2.1", 80))
                        .outbound("user", user)
                        .route(Rule.any().to("user"))
                        .start();
                Socket visitor = Tunnels.connect(client.port("local"))) {
            then(Tunnels.say(visitor, "GET / HTTP/1.1\r\nHost: shop.example\r\n\r"))
                    .isEqualTo("GET / HTTP/1.1\r");
            then(heard.routed).containsExactly("tcp:shop.example:80 to origin");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v1.mux.cool",
                "V1.Mux.Cool.",
                "v1.rvs.cool",
                "reverse",
                "reverse.internal.v2fly.org",
                "reverse.internal.v2ray.com",
                "reverse.internal.example.com",
                DOMAIN,
                "Reverse.Test.Internal"
            })
    void a_name_of_the_protocol_is_refused_and_the_connection_goes_on(String name) throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(Grant.CONNECT, origin);
                MuxUser user = new MuxUser(node.port("in"))) {
            then(user.ask(Destination.tcp(name, 80))).isEqualTo("reset");
            then(user.ask(Destination.tcp("shop.example", 80))).isEqualTo("01");
            then(heard.of("refused")).singleElement().asString().contains(name);
            then(node.snapshot().tunnels()).isEmpty();
        }
    }

    @Test
    void who_may_only_register_reaches_nothing() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(Grant.REGISTER, origin);
                MuxUser user = new MuxUser(node.port("in"))) {
            then(user.ask(Destination.tcp("shop.example", 80))).isEqualTo("reset");
            then(heard.of("refused")).singleElement().asString().contains("may register tunnels only");
            then(user.isOpen()).isTrue();
        }
    }

    @Test
    void a_bridge_may_register_in_a_session() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(Grant.BOTH, origin);
                MuxUser user = new MuxUser(node.port("in"));
                Bridge bridge = Tunnels.ready(ReverseTunnel.bridge("shop")
                        .domain(DOMAIN)
                        .connect(user)
                        .forward("127.0.0.1", origin.port()))) {
            then(node.snapshot().tunnels())
                    .singleElement()
                    .satisfies(tunnel -> then(tunnel.user()).isEqualTo(Plain.TESTER));
            try (Socket visitor = Tunnels.connect(node.port("web"))) {
                then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
                // beside it the user goes on
                then(user.ask(Destination.tcp("shop.example", 80))).isEqualTo("01");
                then(Tunnels.say(visitor, "again")).isEqualTo("again");
            }
            bridge.close();
            await().until(() -> node.snapshot().tunnels().isEmpty());
            then(user.isOpen()).isTrue();
        }
    }

    @Test
    void a_broken_session_inside_a_tunnel_inside_a_session_ends_none_of_them() throws Exception {
        try (Origin broken = new Origin(socket -> {
                    socket.setSoLinger(true, 0);
                    socket.close();
                });
                Origin origin = Origin.echo();
                ReverseTunnel node = node(Grant.BOTH, origin);
                MuxUser user = new MuxUser(node.port("in"));
                Bridge bridge = Tunnels.ready(ReverseTunnel.bridge("shop")
                        .domain(DOMAIN)
                        .connect(user)
                        .forward("127.0.0.1", broken.port()))) {
            try (Socket visitor = Tunnels.connect(node.port("web"))) {
                visitor.getOutputStream().write(1);
                thenThrownBy(() -> visitor.getInputStream().read())
                        .isInstanceOf(SocketException.class)
                        .hasMessageContaining("reset");
            }
            then(node.snapshot().tunnels()).hasSize(1);
            then(bridge.snapshot().tunnels()).hasSize(1);
            then(user.ask(Destination.tcp("shop.example", 80))).isEqualTo("01");
        }
    }
}
