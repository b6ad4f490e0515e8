package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Tunnels.Origin;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** One port, several ways by the name that visitors say; and who is not looked at. */
class SniffedRoutesTest {
    private static final Sniffing SNIFFING = Sniffing.of("http", "tls");

    private static ReverseTunnel.Builder node(Sniffing sniffing, Origin shop, Origin other) {
        return ReverseTunnel.node()
                .inbound(
                        "web",
                        Inbound.port(0).address("127.0.0.1").to("192.0.2.1", 80).sniff(sniffing))
                .outbound("shop", Outbound.to("127.0.0.1", shop.port()))
                .outbound("other", Outbound.to("127.0.0.1", other.port()))
                .route(Rule.inbound("web").domain("full:shop.example").to("shop"))
                .route(Rule.inbound("web").to("other"));
    }

    /** Says who it is, in front of an echo. */
    private static Origin named(String name) throws IOException {
        return new Origin(socket -> {
            byte[] first = new byte[64 * 1024];
            int length = socket.getInputStream().read(first);
            socket.getOutputStream().write((name + ": ").getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(first, 0, Math.max(0, length));
            socket.getInputStream().transferTo(socket.getOutputStream());
        });
    }

    private static String answerTo(ReverseTunnel node, byte[] said) throws IOException {
        try (Socket visitor = Tunnels.connect(node.port("web"))) {
            visitor.getOutputStream().write(said);
            visitor.shutdownOutput();
            return new String(visitor.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static String asking(String host) {
        return "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    }

    @Test
    void the_name_decides_and_nothing_is_lost() throws Exception {
        Heard heard = new Heard();
        try (Origin shop = named("shop");
                Origin other = named("other");
                ReverseTunnel node = node(SNIFFING, shop, other).listener(heard).start()) {
            then(answerTo(node, SniffRig.ascii(asking("Shop.example:80"))))
                    .isEqualTo("shop: " + asking("Shop.example:80"));
            then(answerTo(node, SniffRig.ascii(asking("blog.example")))).isEqualTo("other: " + asking("blog.example"));
            byte[] hello = Hellos.naming("shop.example");
            then(answerTo(node, hello)).isEqualTo("shop: " + new String(hello, StandardCharsets.ISO_8859_1));
            then(answerTo(node, SniffRig.ascii("hello"))).isEqualTo("other: hello");
            then(heard.routed)
                    .containsExactly(
                            "tcp:shop.example:80 to shop",
                            "tcp:blog.example:80 to other",
                            "tcp:shop.example:80 to shop",
                            "tcp:192.0.2.1:80 to other");
            then(node.address("web")).hasToString("/127.0.0.1:" + node.port("web"));
        }
    }

    @Test
    void a_server_that_speaks_first_is_heard() throws Exception {
        try (Origin shop = named("shop");
                Origin first = new Origin(socket -> {
                    socket.getOutputStream().write("220 mail.example ESMTP\n".getBytes(StandardCharsets.US_ASCII));
                    socket.getInputStream().transferTo(socket.getOutputStream());
                });
                ReverseTunnel node = node(SNIFFING, shop, first).start();
                Socket visitor = Tunnels.connect(node.port("web"))) {
            then(Tunnels.line(visitor.getInputStream())).isEqualTo("220 mail.example ESMTP");
            then(Tunnels.say(visitor, "EHLO ada")).isEqualTo("EHLO ada");
        }
    }

    @Test
    void rules_see_a_name_that_does_not_become_the_destination() throws Exception {
        try (ReverseTunnel node = ReverseTunnel.node()
                        .inbound(
                                "web",
                                Inbound.port(0)
                                        .address("127.0.0.1")
                                        .to("192.0.2.1", 80)
                                        .sniff(SNIFFING.rulesOnly()))
                        .outbound("seen", Outbound.handler(new Teller()))
                        .route(Rule.any().to("seen"))
                        .start();
                Socket visitor = Tunnels.connect(node.port("web"))) {
            then(told(visitor)).isEqualTo("tcp:192.0.2.1:80 Sniffed[protocol=http, name=shop.example]");
        }
    }

    /** The portal speaks first in a tunnel: a bridge that had to say something would wait. */
    @Test
    void bridges_are_not_looked_at_and_their_users_are() throws Exception {
        Inbound server =
                Plain.server(Transport.tcp(), 0, Grant.BOTH, Sniffing.of("http").patience(Duration.ofDays(1)));
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain(Tunnels.DOMAIN)
                        .listen(server)
                        .listen(Inbound.port(0)
                                .address("127.0.0.1")
                                .to("192.0.2.1", 80)
                                .sniff(SNIFFING))
                        .start();
                Bridge bridge =
                        Tunnels.ready(Tunnels.bridge(portal.port("tunnels")).serve(new Teller()));
                Socket visitor = Tunnels.visit(portal);
                ReverseTunnel client = ReverseTunnel.node()
                        .inbound("local", Inbound.port(0).address("127.0.0.1").to("192.0.2.1", 80))
                        .outbound("portal", Plain.client(Transport.tcp(), portal.port("tunnels")))
                        .route(Rule.any().to("portal"))
                        .start();
                Socket user = Tunnels.connect(client.port("local"))) {
            then(told(visitor)).isEqualTo("tcp:shop.example:80 null"); // the bridge itself has not looked
            then(told(user)).isEqualTo("tcp:shop.example:80 null");
            then(bridge.snapshot().refused()).isZero();
        }
    }

    @Test
    void nobody_becomes_a_tunnel_by_the_host_that_he_names() throws Exception {
        Heard heard = new Heard();
        try (Origin other = named("other");
                ReverseTunnel node = node(SNIFFING, other, other)
                        .portal("portal", Tunnels.DOMAIN)
                        .route(Rule.inbound("nobody").to("portal"))
                        .listener(heard)
                        .start()) {
            then(refused(node, asking(Tunnels.DOMAIN))).isTrue();
            then(refused(node, asking("v1.mux.cool"))).isTrue();
            then(heard.of("refused")).hasSize(2);
            then(heard.of("refused").get(0)).contains("names the domain of portal \"portal\" as its host");
            then(node.snapshot().refused()).isEqualTo(2);
        }
    }

    private static String told(Socket visitor) throws IOException {
        visitor.getOutputStream().write(SniffRig.ascii(asking("shop.example")));
        return Tunnels.line(visitor.getInputStream());
    }

    /** Answers what his visitor asks for, as the rules have seen it. */
    @ChannelHandler.Sharable
    private static final class Teller extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
            Request request = Request.of(ctx.channel());
            ctx.writeAndFlush(Unpooled.copiedBuffer(
                    request.destination() + " " + request.sniffed() + "\n", StandardCharsets.US_ASCII));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close(); // he has heard enough
        }
    }

    private static boolean refused(ReverseTunnel node, String said) {
        try {
            return answerTo(node, SniffRig.ascii(said)).isEmpty();
        } catch (IOException reset) {
            return true;
        }
    }
}
