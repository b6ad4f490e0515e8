package dev.reversetunnel.proxy;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.Transport;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Client.End;
import dev.reversetunnel.peers.Client.Transfer;
import dev.reversetunnel.peers.DatagramClient;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.vmess.Vmess;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our clients with our servers, and with servers that do something else. */
class ProxyClientTest {
    private static final String DOMAIN = "reverse.test.internal";

    private final Origin origin = Origin.start();
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    @AfterEach
    void close() {
        origin.close();
        loops.shutdownGracefully(0, 5, SECONDS).syncUninterruptibly();
    }

    /** No name is ever looked up by it but that of the proxy, which is an address. */
    private Dialer dialer() {
        EventLoop loop = loops.next();
        return new Dialer() {
            @Override
            public EventLoop loop() {
                return loop;
            }

            @Override
            public Future<List<InetAddress>> resolve(String host) {
                then(host).isEqualTo("127.0.0.1");
                return loop.newSucceededFuture(List.of(InetAddress.getLoopbackAddress()));
            }

            @Override
            public Duration timeout() {
                return Duration.ofSeconds(5);
            }

            @Override
            public Clock clock() {
                return Clock.systemUTC();
            }
        };
    }

    private ReverseTunnel visitors(Outbound client) throws Exception {
        return ReverseTunnel.node()
                .inbound("visitors", Inbound.port(0).address("127.0.0.1").to("localhost", origin.port()))
                .outbound("client", client)
                .route(Rule.inbound("visitors").to("client"))
                .start();
    }

    private Throwable failure(Outbound client, Destination wanted) throws Exception {
        Future<Channel> connected = client.connect(new Request(wanted, "test"), dialer());
        then(connected.await(20, SECONDS)).isTrue();
        then(connected.isSuccess()).isFalse();
        return connected.cause();
    }

    @ParameterizedTest
    @EnumSource
    void a_node_reaches_destinations_through_a_proxy(ProxyKind kind) throws Exception {
        long size = 20L << 20;
        try (ReverseTunnel proxy = ProxyNodes.direct(kind.serverWithUser());
                ReverseTunnel near = visitors(kind.client(proxy.port("proxy")).user("ann", "secret"));
                Socket visitor = Client.connect(near.port("visitors"))) {
            then(Client.echo(visitor, "through the proxy")).isEqualTo("through the proxy");
            then(Client.download(near.port("visitors"), size, 7))
                    .isEqualTo(new Transfer(size, Client.sha256(size, 7), End.CLEAN));
            then(Client.upload(near.port("visitors"), size, 7)).isEqualTo(Client.sha256(size, 7));
        }
    }

    @ParameterizedTest
    @EnumSource
    void who_speaks_first_behind_the_proxy_is_heard(ProxyKind kind) throws Exception {
        try (Origin speaker = Origin.speakingFirst(100_000, 7);
                ReverseTunnel proxy = ProxyNodes.to(kind.server(), Outbound.to("127.0.0.1", speaker.port()));
                ReverseTunnel near = visitors(kind.client(proxy.port("proxy")))) {
            try (Socket visitor = Client.connect(near.port("visitors"))) {
                then(Client.readToEnd(visitor)).isEqualTo(new Transfer(100_000, Client.sha256(100_000, 7), End.CLEAN));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_tunnel_is_dialled_through_a_proxy_that_knows_the_portals_name(ProxyKind kind) throws Exception {
        UUID id = UUID.randomUUID();
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain(DOMAIN)
                        .listen(Vmess.server(0).address("127.0.0.1").user("shop", id))
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .start();
                ReverseTunnel proxy =
                        ProxyNodes.to(kind.serverWithUser(), Outbound.to("127.0.0.1", portal.port("tunnels")));
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain(DOMAIN)
                        .connect(Vmess.client("portal.invalid", 1024)
                                .user(id)
                                .transport(kind.client(proxy.port("proxy")).user("ann", "secret")))
                        .forward("127.0.0.1", origin.port())
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            try (Socket visitor = Client.connect(portal.port("visitors"))) {
                then(Client.echo(visitor, "through proxy and tunnel")).isEqualTo("through proxy and tunnel");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_proxy_is_reached_through_another_one(ProxyKind kind) throws Exception {
        ProxyKind outer = kind == ProxyKind.HTTP ? ProxyKind.SOCKS5 : ProxyKind.HTTP;
        try (ReverseTunnel far = ProxyNodes.direct(kind.server());
                ReverseTunnel close = ProxyNodes.direct(outer.server());
                ReverseTunnel near =
                        visitors(kind.client(far.port("proxy")).transport(outer.client(close.port("proxy"))));
                Socket visitor = Client.connect(near.port("visitors"))) {
            then(Client.echo(visitor, "through two")).isEqualTo("through two");
        }
    }

    @ParameterizedTest
    @EnumSource
    void works_over_any_transport(ProxyKind kind) throws Exception {
        Transport memory = Transport.memory();
        try (ReverseTunnel proxy = ProxyNodes.direct(kind.server().transport(memory));
                ReverseTunnel near = visitors(kind.client(proxy.port("proxy")).transport(memory));
                Socket visitor = Client.connect(near.port("visitors"))) {
            then(Client.echo(visitor, "by memory")).isEqualTo("by memory");
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_failure_names_proxy_and_target_and_what_to_do(ProxyKind kind) throws Exception {
        int nobody = Ports.free();
        String name = kind == ProxyKind.HTTP ? "HttpProxy.client" : "Socks5.client";
        Destination target = Destination.tcp("web.invalid", 80);
        try (ReverseTunnel open = ProxyNodes.to(kind.server(), Outbound.to("127.0.0.1", nobody));
                ReverseTunnel closed = ProxyNodes.direct(kind.serverWithUser())) {
            then(failure(kind.client(nobody), target))
                    .isInstanceOf(TunnelException.class)
                    .hasMessageStartingWith(
                            name + "(127.0.0.1:" + nobody + ") does not reach tcp:web.invalid:80: cannot reach ")
                    .hasMessageContaining("is it running there");
            then(failure(kind.client(open.port("proxy")), target))
                    .hasMessageStartingWith(name + "(127.0.0.1:" + open.port("proxy")
                            + ") does not reach tcp:web.invalid:80: it answers " + (kind == ProxyKind.HTTP ? 502 : 5))
                    .hasMessageContaining("is it running there?");
            then(failure(kind.client(closed.port("proxy")), target))
                    .hasMessageContaining("wants to know who comes (call user(...))");
            then(failure(kind.client(closed.port("proxy")).user("ann", "wrong"), target))
                    .hasMessageContaining("does not know this name and password")
                    .hasMessageNotContaining("wrong");
            then(failure(kind.client(closed.port("proxy")), Destination.tcp("web.invalid", 0)))
                    .hasMessageContaining("port 0");
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_is_no_proxy_is_told(ProxyKind kind) throws Exception {
        thenIsNoProxy(kind, "220 mail.example.com ESMTP\r\n", "it did not answer as such a proxy does");
        thenIsNoProxy(kind, "", "the connection was closed");
    }

    private void thenIsNoProxy(ProxyKind kind, String greeting, String message) throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread talker = new Thread(() -> {
                try (Socket socket = other.accept()) {
                    socket.getOutputStream().write(greeting.getBytes(StandardCharsets.US_ASCII));
                    socket.shutdownOutput();
                    socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    // he has gone
                }
            });
            talker.start();
            then(failure(kind.client(other.getLocalPort()), Destination.tcp("web.invalid", 80)))
                    .isInstanceOf(TunnelException.class)
                    .hasMessageContaining(message);
            talker.join(10_000);
            then(talker.isAlive()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_proxy_that_says_nothing_is_given_up(ProxyKind kind) throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ReverseTunnel near = ReverseTunnel.node()
                        .inbound(
                                "visitors", Inbound.port(0).address("127.0.0.1").to("web.invalid", 80))
                        .outbound("client", kind.client(silent.getLocalPort()))
                        .route(Rule.inbound("visitors").to("client"))
                        .dialTimeout(Duration.ofMillis(300))
                        .start()) {
            then(Client.knock(near.port("visitors")).end()).isEqualTo(End.RESET);
            await().untilAsserted(() -> then(near.snapshot().failed()).isEqualTo(1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void nobody_comes_in_by_it(ProxyKind kind) throws Exception {
        thenThrownBy(() -> ProxyNodes.direct(
                        Vmess.server(0).user("shop", UUID.randomUUID()).transport(kind.client(1080))))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("is a way out, and nobody comes in by it");
        then(kind.client(1080).isRaw()).isTrue();
        then(kind.client(1080).isEncrypted()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void never_shows_a_password_in_a_text_and_refuses_what_cannot_travel(ProxyKind kind) {
        then(kind.client(1080).user("ann", "geheim").toString()).doesNotContain("ann", "geheim");
        then(kind.serverWithUser().toString()).endsWith("1 users)").doesNotContain("ann", "secret");
        thenThrownBy(() -> kind.client(1080).user("a:n", "geheim"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("user: 3 characters (expected: 1~255, of printable ASCII, and no colon among them)");
        thenThrownBy(() -> kind.client(1080).user("ann", "geheimé"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("password of \"ann\": 7 characters (expected: 1~255, of printable ASCII)");
        thenThrownBy(() -> kind.client(1080).user("ann", "")).isInstanceOf(IllegalArgumentException.class);
        thenThrownBy(() -> kind.client(1080).user("ann", "x").user("bob", "y"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("user: already set to \"ann\"");
        thenThrownBy(() -> Socks5.server(0).user("ann", "x").user("ann", "y"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("user: \"ann\" is there already");
    }

    // ---- datagrams ----

    @Test
    void datagrams_go_through_an_association() throws Exception {
        try (DatagramOrigin echo = DatagramOrigin.echo();
                ReverseTunnel proxy = ProxyNodes.direct(ProxyKind.SOCKS5.serverWithUser());
                ReverseTunnel near = ReverseTunnel.node()
                        .inbound(
                                "visitors",
                                Inbound.port(0).udp().address("127.0.0.1").to("localhost", echo.port()))
                        .outbound(
                                "client",
                                ProxyKind.SOCKS5.client(proxy.port("proxy")).user("ann", "secret"))
                        .route(Rule.inbound("visitors").to("client"))
                        .start();
                DatagramClient visitor = DatagramClient.open()) {
            for (int round = 0; round < 5; round++) {
                then(visitor.exchange(near.port("visitors"), "round " + round)).isEqualTo("round " + round);
            }
            then(echo.sources()).hasSize(1);
        }
    }

    @Test
    void an_association_ends_on_both_sides() throws Exception {
        Destination target = Destination.udp("127.0.0.1", 9);
        try (ReverseTunnel proxy = ProxyNodes.direct(ProxyKind.SOCKS5.server())) {
            Outbound client = ProxyKind.SOCKS5.client(proxy.port("proxy"));
            Channel first =
                    client.connect(new Request(target, "test"), dialer()).sync().getNow();
            first.writeAndFlush(new Datagram(target, Unpooled.copyInt(1)));
            await().until(() -> proxy.snapshot().datagramAssociations() == 1);
            first.close();
            await().until(() -> proxy.snapshot().datagramAssociations() == 0);

            Channel second =
                    client.connect(new Request(target, "test"), dialer()).sync().getNow();
            proxy.close();
            then(second.closeFuture().await(10, SECONDS)).isTrue();
        }
    }

    @Test
    void an_http_proxy_carries_no_datagrams_and_says_what_does() throws Exception {
        then(failure(ProxyKind.HTTP.client(1080), Destination.udp("web.invalid", 53)))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("carries no datagrams; a SOCKS5 proxy can");
    }

    @Test
    void an_association_that_is_refused_is_told() throws Exception {
        int nobody = Ports.free();
        then(failure(ProxyKind.SOCKS5.client(nobody), Destination.udp("web.invalid", 53)))
                .isInstanceOf(TunnelException.class)
                .hasMessageStartingWith("Socks5.client(127.0.0.1:" + nobody + ") carries no datagrams: cannot reach");
    }
}
