package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.DOMAIN;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Datagrammers.Echo;
import dev.reversetunnel.Datagrammers.Visitor;
import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.DatagramSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Datagrams from a visitor through portal and bridge to a service, and back. */
@ExtendWith(BufferLeakExtension.class)
class UdpTunnelTest {
    private static Portal.Builder portal() {
        return ReverseTunnel.portal("edge")
                .domain(DOMAIN)
                .listen(Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                .listen(Inbound.port(0).address("127.0.0.1").tcpAndUdp());
    }

    private static Bridge bridge(Portal portal, int port) throws Exception {
        return Tunnels.bridge(portal, port);
    }

    @Test
    void a_datagram_reaches_the_service_and_its_answer_the_visitor() throws Exception {
        try (Echo echo = new Echo("");
                Portal portal = portal().start();
                Bridge bridge = bridge(portal, echo.port());
                Visitor one = new Visitor(portal.port("visitors"));
                Visitor other = new Visitor(portal.port("visitors"))) {
            then(one.say("hello")).isEqualTo("hello");
            then(other.say("from another one")).isEqualTo("from another one");
            then(one.say("again")).isEqualTo("again");

            then(portal.snapshot().datagramAssociations()).isEqualTo(2);
            then(bridge.snapshot().datagramAssociations()).isEqualTo(2);
            then(new TreeSet<>(echo.sources)).hasSize(2); // a socket for each visitor, and one only
        }
    }

    @Test
    void streams_and_datagrams_come_in_on_the_same_number() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = portal().start();
                Bridge bridge = bridge(portal, origin.port());
                Socket visitor = Tunnels.visit(portal)) {
            then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            then(bridge.snapshot().datagramAssociations()).isZero();
        }
    }

    @Test
    void a_port_for_datagrams_alone_takes_no_streams() throws Exception {
        try (Portal portal = ReverseTunnel.portal("edge")
                .domain(DOMAIN)
                .listen("udp", Inbound.port(0).address("127.0.0.1").udp())
                .start()) {
            thenThrownBy(() -> Tunnels.connect(portal.port("udp"))).isInstanceOf(java.net.ConnectException.class);
        }
    }

    @Test
    void a_port_that_is_taken_for_datagrams_is_told() throws Exception {
        try (DatagramSocket taken = new DatagramSocket(0, Tunnels.loopback())) {
            var builder = ReverseTunnel.portal("edge")
                    .domain(DOMAIN)
                    .listen(Inbound.port(taken.getLocalPort())
                            .address("127.0.0.1")
                            .udp());
            thenThrownBy(builder::start)
                    .isInstanceOf(TunnelException.class)
                    .hasMessageContaining("cannot listen for datagrams on port " + taken.getLocalPort())
                    .hasMessageContaining("choose another port");
        }
    }

    @Test
    void what_two_of_our_ends_carry_is_as_large_as_a_datagram_can_be() throws Exception {
        try (Echo echo = new Echo("");
                Portal portal = portal().start();
                Bridge bridge = bridge(portal, echo.port());
                Visitor visitor = new Visitor(portal.port("visitors"))) {
            then(visitor.say("hello")).isEqualTo("hello");
            byte[] large = new byte[65_507];
            new java.util.Random(1).nextBytes(large);
            visitor.send(large);
            byte[] answer = visitor.receiveBytes();
            then(answer.length).isEqualTo(large.length);
            then(java.util.Arrays.mismatch(answer, large)).isEqualTo(-1);
            then(portal.snapshot().droppedDatagrams()).isZero();
            then(bridge.snapshot().droppedDatagrams()).isZero();
        }
    }

    @Test
    void a_foreign_bridge_gets_nothing_larger_than_it_bears() throws Exception {
        try (Portal portal = portal().start();
                FakeBridge bridge = FakeBridge.understanding(portal, ControlName.V2FLY);
                Visitor visitor = new Visitor(portal.port("visitors"))) {
            then(visitor.say("hello")).isEqualTo("hello");
            visitor.send(new byte[2_049]);
            await().until(() -> portal.snapshot().droppedDatagrams() == 1);
            visitor.send(new byte[2_048]);
            then(visitor.receiveBytes()).hasSize(2_048);
            then(bridge.isOpen()).isTrue();
        }
    }

    @Test
    void an_association_ends_when_nothing_moves() throws Exception {
        try (Echo echo = new Echo("");
                Portal portal = portal().datagramTimeout(Duration.ofMillis(400)).start();
                Bridge bridge = bridge(portal, echo.port());
                Visitor visitor = new Visitor(portal.port("visitors"))) {
            then(visitor.say("hello")).isEqualTo("hello");
            await().until(() -> portal.snapshot().datagramAssociations() == 0);
            await().until(() -> portal.snapshot().tunnels().get(0).openSessions() == 1);
            then(visitor.say("again")).isEqualTo("again");
            then(bridge.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void the_oldest_visitor_makes_room() throws Exception {
        try (Echo echo = new Echo("");
                Portal portal = ReverseTunnel.portal("edge")
                        .domain(DOMAIN)
                        .listen(Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                        .listen(Inbound.port(0).address("127.0.0.1").udp().maxAssociations(4))
                        .start();
                Bridge bridge = bridge(portal, echo.port())) {
            List<Visitor> visitors = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Visitor visitor = new Visitor(portal.port("visitors"));
                visitors.add(visitor);
                then(visitor.say("v" + i)).isEqualTo("v" + i);
                then(portal.snapshot().datagramAssociations()).isLessThanOrEqualTo(4);
            }
            then(visitors.get(0).say("back")).isEqualTo("back");
            then(bridge.snapshot().datagramAssociations()).isPositive();
            visitors.forEach(Visitor::close);
        }
    }

    @Test
    void nobody_listens_and_that_is_told_once_and_the_next_datagram_tries_again() throws Exception {
        Heard heard = new Heard();
        int port;
        try (DatagramSocket gone = new DatagramSocket(0, Tunnels.loopback())) {
            port = gone.getLocalPort();
        }
        try (Portal portal = portal().start();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port("tunnels"))
                        .forward("127.0.0.1", port)
                        .listener(heard));
                Visitor visitor = new Visitor(portal.port("visitors"))) {
            visitor.send("anybody?");
            await().until(() -> !heard.of("failed").isEmpty());
            then(heard.of("failed").get(0)).contains("nobody listens for datagrams there");
            visitor.send("anybody?");
            visitor.send("anybody?");
            await().until(() -> bridge.snapshot().datagramAssociations() == 1);
            then(heard.of("failed")).hasSize(1);
        }
    }

    @Test
    void without_a_bridge_a_few_datagrams_wait_for_one() throws Exception {
        try (Echo echo = new Echo("");
                Portal portal = portal().waitForBridge(Duration.ofSeconds(20)).start();
                Visitor visitor = new Visitor(portal.port("visitors"))) {
            for (int i = 1; i <= 20; i++) {
                visitor.send("d" + i);
            }
            await().until(() -> portal.snapshot().droppedDatagrams() == 4);
            then(portal.snapshot().waitingForBridge()).isEqualTo(1);
            try (Bridge bridge = bridge(portal, echo.port())) {
                for (int i = 1; i <= 16; i++) {
                    then(visitor.receive()).isEqualTo("d" + i);
                }
                then(bridge.snapshot().tunnels()).hasSize(1);
            }
        }
    }

    @Test
    void a_new_tunnel_gets_the_old_socket() throws Exception {
        try (Echo echo = new Echo("");
                Portal portal = portal().start();
                Bridge bridge = bridge(portal, echo.port());
                Visitor visitor = new Visitor(portal.port("visitors"))) {
            then(visitor.say("before")).isEqualTo("before");
            PortalTunnel first =
                    portal.node().portals().iterator().next().pool().all().get(0);
            first.loop().execute(() -> first.end("cut by the test"));
            await().until(() -> portal.snapshot().tunnels().stream().anyMatch(tunnel -> tunnel.number() == 2));
            then(visitor.say("after")).isEqualTo("after");
            then(Set.copyOf(echo.sources)).hasSize(1);
            then(bridge.snapshot().datagramAssociations()).isEqualTo(1);
        }
    }

    @Test
    void a_new_tunnel_gets_the_old_socket_on_whatever_loop_it_lives() throws Exception {
        EventLoopGroup many = new MultiThreadIoEventLoopGroup(5, NioIoHandler.newFactory());
        try (Echo echo = new Echo("");
                Portal portal = portal().eventLoops(many).start();
                Bridge bridge = Tunnels.ready(
                        Tunnels.bridge(portal.port("tunnels")).eventLoops(many).forward("127.0.0.1", echo.port()));
                Visitor visitor = new Visitor(portal.port("visitors"))) {
            for (int i = 1; i <= 8; i++) {
                then(visitor.say("tunnel " + i)).isEqualTo("tunnel " + i);
                int number = i;
                portal.node().portals().iterator().next().pool().all().forEach(tunnel -> tunnel.endSoon("by the test"));
                await().until(() -> portal.snapshot().tunnels().stream().anyMatch(tunnel -> tunnel.number() > number));
            }
            then(Set.copyOf(echo.sources)).hasSize(1);
            then(bridge.snapshot().datagramAssociations()).isEqualTo(1);
        } finally {
            many.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    @Test
    void an_association_that_waits_for_its_visitor_ends_with_the_bridge() throws Exception {
        try (Echo echo = new Echo("");
                Portal portal = portal().start();
                Visitor visitor = new Visitor(portal.port("visitors"))) {
            try (Bridge bridge = bridge(portal, echo.port())) {
                then(visitor.say("hello")).isEqualTo("hello");
                portal.close();
                await().until(() -> bridge.snapshot().tunnels().isEmpty());
                echo.push("waits", echo.sources.get(0));
                then(bridge.snapshot().datagramAssociations()).isEqualTo(1);
                then(bridge.node().datagramFlows()).isEqualTo(1);
            } // and no buffer is left: see the extension
        }
    }

    @Test
    void by_nio_too() throws Exception {
        EventLoopGroup nio = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        try (Echo echo = new Echo("");
                Portal portal = portal().eventLoops(nio).start();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port("tunnels"))
                        .eventLoops(nio)
                        .reach(Outbound.to("localhost", echo.port())));
                Visitor visitor = new Visitor(portal.port("visitors"))) {
            then(visitor.say("hello")).isEqualTo("hello");
            byte[] large = new byte[60_000];
            visitor.send(large);
            then(visitor.receiveBytes()).isEqualTo(large);
            then(bridge.snapshot().failed()).isZero();
        } finally {
            nio.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    // ---- visitors with several targets ----

    private static ReverseTunnel portalForAnyTarget() throws TunnelException {
        return ReverseTunnel.node()
                .inbound("tunnels", Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                .inbound("any", AnyTarget.server())
                .portal("portal", DOMAIN)
                .route(Rule.any().to("portal"))
                .start();
    }

    @Test
    void a_visitor_reaches_two_targets_by_one_session_of_our_own_bridge() throws Exception {
        try (Echo one = new Echo("one:");
                Echo two = new Echo("two:");
                ReverseTunnel portal = portalForAnyTarget();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port("tunnels"))
                        .reach(Outbound.direct().allowPrivate()));
                Visitor visitor = new Visitor(portal.port("any"))) {
            await().until(() -> portal.snapshot().tunnels().size() == 1);
            Destination first = Destination.udp("127.0.0.1", one.port());
            Destination second = Destination.udp("127.0.0.1", two.port());
            AnyTarget.send(visitor, first, "a");
            then(AnyTarget.receive(visitor)).isEqualTo(first + " one:a");
            AnyTarget.send(visitor, second, "b");
            then(AnyTarget.receive(visitor)).isEqualTo(second + " two:b");
            AnyTarget.send(visitor, first, "c");
            then(AnyTarget.receive(visitor)).isEqualTo(first + " one:c");
            then(one.sources.get(0)).isEqualTo(two.sources.get(0));
            then(portal.snapshot().tunnels().get(0).openSessions()).isEqualTo(2); // and the one for control
            then(bridge.snapshot().datagramAssociations()).isEqualTo(1);
        }
    }

    @Test
    void a_bridge_that_may_be_v2rays_gets_a_session_for_each_target() throws Exception {
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain(DOMAIN)
                        .listen("tunnels", Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                        .listen("any", AnyTarget.server())
                        .start();
                FakeBridge bridge = FakeBridge.understanding(portal, ControlName.V2FLY);
                Visitor visitor = new Visitor(portal.port("any"))) {
            await().until(() -> portal.snapshot().tunnels().size() == 1);
            Destination first = Destination.udp("192.0.2.1", 53);
            Destination second = Destination.udp("192.0.2.2", 53);
            AnyTarget.send(visitor, first, "a");
            then(AnyTarget.receive(visitor)).isEqualTo(first + " a");
            AnyTarget.send(visitor, second, "b");
            then(AnyTarget.receive(visitor)).isEqualTo(second + " b");
            AnyTarget.send(visitor, first, "c");
            then(AnyTarget.receive(visitor)).isEqualTo(first + " c");
            then(bridge.mux().openSessions()).isEqualTo(3);
        }
    }

    // ---- what a bridge does with datagrams ----

    /** The application's end: tells whom each datagram was for. */
    @ChannelHandler.Sharable
    private static final class Answering extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            Datagram question = (Datagram) message;
            String text = question.peer() + " " + question.content().toString(StandardCharsets.US_ASCII);
            question.release();
            ctx.writeAndFlush(new Datagram(question.peer(), Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII)));
        }
    }

    @Test
    void code_in_the_bridges_jvm_answers_datagrams() throws Exception {
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain(DOMAIN)
                        .listen(Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                        .listen(Inbound.port(0).address("127.0.0.1").udp().to("dns.home", 53))
                        .start();
                Bridge bridge =
                        Tunnels.ready(Tunnels.bridge(portal.port("tunnels")).serve(new Answering()));
                Visitor visitor = new Visitor(portal.port("visitors"))) {
            then(visitor.say("who?")).isEqualTo("udp:dns.home:53 who?");
            then(bridge.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void http_is_not_spoken_over_datagrams() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = portal().start();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port("tunnels"))
                        .serve(exchange -> exchange.close())
                        .listener(heard));
                Visitor visitor = new Visitor(portal.port("visitors"))) {
            visitor.send("GET /");
            await().until(() -> !heard.of("refused").isEmpty());
            then(heard.of("refused").get(0)).contains("HTTP/1.1 is not spoken over datagrams");
            then(bridge.snapshot().tunnels()).hasSize(1);
        }
    }

    // ---- what a portal may ask for ----

    private static MuxSession open(HostilePortal portal, Destination first, BlockingQueue<String> answers)
            throws Exception {
        return portal.datagrams(first, (source, content) -> answers.add(source + " " + content));
    }

    private static void send(MuxSession session, Destination target, String text) {
        ByteBuf content = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
        session.writeAndFlush(new Datagram(target, content));
    }

    private static String next(BlockingQueue<String> answers) throws Exception {
        String answer = answers.poll(Tunnels.SOCKET_TIMEOUT, TimeUnit.MILLISECONDS);
        return answer == null ? "nothing" : answer;
    }

    @Test
    void one_association_reaches_several_targets_from_one_socket_and_anybody_answers() throws Exception {
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        try (Echo one = new Echo("one:");
                Echo two = new Echo("two:");
                Echo stranger = new Echo("");
                HostilePortal portal = new HostilePortal();
                Bridge bridge = Tunnels.ready(
                        Tunnels.bridge(portal.port()).reach(Outbound.direct().allowPrivate()))) {
            Destination first = Destination.udp("127.0.0.1", one.port());
            Destination second = Destination.udp("localhost", two.port());
            MuxSession session = open(portal, first, answers);
            send(session, first, "a");
            then(next(answers)).isEqualTo(first + " one:a");
            send(session, second, "b");
            then(next(answers)).isEqualTo("udp:127.0.0.1:" + two.port() + " two:b");
            send(session, first, "c");
            then(next(answers)).isEqualTo(first + " one:c");

            then(Set.copyOf(one.sources)).isEqualTo(Set.copyOf(two.sources)).hasSize(1);
            stranger.push("who was never asked", one.sources.get(0));
            then(next(answers)).isEqualTo("udp:127.0.0.1:" + stranger.port() + " who was never asked");
            then(bridge.snapshot().datagramAssociations()).isEqualTo(1);
        }
    }

    @Test
    void each_datagrams_target_is_judged_and_a_refused_one_ends_nothing() throws Exception {
        Heard heard = new Heard();
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        try (Echo declared = new Echo("");
                Echo forbidden = new Echo("");
                HostilePortal portal = new HostilePortal();
                ReverseTunnel bridge = ReverseTunnel.node()
                        .bridge("bridge", DOMAIN)
                        .outbound("portal", Plain.client(Transport.tcp(), portal.port()))
                        .outbound("direct", Outbound.direct().allowPrivate())
                        .route(
                                Rule.inbound("bridge").domain("full:" + DOMAIN).to("portal"),
                                Rule.inbound("bridge")
                                        .network(Network.UDP)
                                        .port(declared.port())
                                        .to("direct"))
                        .listener(heard)
                        .start()) {
            bridge.ready("bridge").get(10, TimeUnit.SECONDS);
            Destination good = Destination.udp("127.0.0.1", declared.port());
            Destination bad = Destination.udp("127.0.0.1", forbidden.port());
            MuxSession session = open(portal, bad, answers);
            for (int i = 0; i < 5; i++) {
                send(session, bad, "x" + i);
            }
            send(session, good, "y");
            then(next(answers)).isEqualTo(good + " y");
            send(session, bad, "z");
            send(session, Destination.udp(DOMAIN, 0), "z");
            send(session, Destination.udp("v1.mux.cool", 0), "z");
            send(session, good, "w");
            then(next(answers)).isEqualTo(good + " w");

            then(forbidden.sources).isEmpty();
            then(heard.of("refused")).hasSize(3);
            then(heard.of("refused").get(0)).contains(bad.toString(), "no rule allows it");
            then(bridge.snapshot().droppedDatagrams()).isEqualTo(8);
            then(bridge.snapshot().refused()).isEqualTo(3);
            then(session.isActive()).isTrue();
        }
    }

    @Test
    void direct_sends_nothing_inside() throws Exception {
        Heard heard = new Heard();
        try (Echo forbidden = new Echo("");
                HostilePortal portal = new HostilePortal();
                Bridge bridge = Tunnels.ready(
                        Tunnels.bridge(portal.port()).reach(Outbound.direct()).listener(heard))) {
            Destination first = Destination.udp("127.0.0.1", forbidden.port());
            MuxSession session = open(portal, first, new LinkedBlockingQueue<>());
            send(session, first, "opens the socket");
            await().until(() -> heard.of("refused").size() == 1);
            List<Destination> targets = HostilePortal.TARGETS.stream()
                    .map(host -> Destination.udp(host, forbidden.port()))
                    .toList();
            targets.forEach(target -> send(session, target, "anybody?"));
            send(session, Destination.udp("192.0.2.1", 0), "port 0");
            long told = targets.stream().distinct().count() + 1;
            await().until(() -> heard.of("refused").size() + heard.of("failed").size() == told);
            then(bridge.snapshot().droppedDatagrams()).isEqualTo(targets.size() + 2);
            then(forbidden.sources).isEmpty();
            then(session.isActive()).isTrue();
            then(bridge.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void a_redirect_leads_all_targets_to_the_declared_one_and_each_seems_to_answer() throws Exception {
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        try (Echo echo = new Echo("");
                HostilePortal portal = new HostilePortal();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port()).forward("127.0.0.1", echo.port()))) {
            Destination first = Destination.udp("192.0.2.1", 53);
            Destination second = Destination.udp("some.name", 54);
            MuxSession session = open(portal, first, answers);
            send(session, first, "a");
            then(next(answers)).isEqualTo(first + " a");
            send(session, second, "b");
            then(next(answers)).isEqualTo(second + " b");
            then(Set.copyOf(echo.sources)).hasSize(2);
            then(bridge.snapshot().refused()).isZero();
        }
    }

    @Test
    void the_257th_target_ends_the_one_that_was_idle_for_longest() throws Exception {
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        try (Echo echo = new Echo("");
                HostilePortal portal = new HostilePortal();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port()).forward("127.0.0.1", echo.port()))) {
            MuxSession session = open(portal, Destination.udp("192.0.2.1", 1), answers);
            for (int port = 1; port <= DatagramDispatch.MAX_TARGETS + 10; port++) {
                send(session, Destination.udp("192.0.2.1", port), "d");
                then(next(answers)).isEqualTo("udp:192.0.2.1:" + port + " d");
            }
            then(Set.copyOf(echo.sources)).hasSize(DatagramDispatch.MAX_TARGETS + 10);
            await().until(() -> bridge.node().datagramFlows() == DatagramDispatch.MAX_TARGETS);
            session.close();
            await().until(() -> bridge.node().datagramFlows() == 0);
        }
    }

    @Test
    void a_flood_of_datagrams_stops_no_stream() throws Exception {
        try (Echo echo = new Echo("");
                Origin origin = Origin.echo();
                Portal portal = portal().start();
                ReverseTunnel bridge = ReverseTunnel.node()
                        .bridge("bridge", DOMAIN)
                        .outbound("portal", Plain.client(Transport.tcp(), portal.port("tunnels")))
                        .outbound("web", Outbound.to("127.0.0.1", origin.port()))
                        .outbound("echo", Outbound.to("127.0.0.1", echo.port()))
                        .route(
                                Rule.inbound("bridge").domain("full:" + DOMAIN).to("portal"),
                                Rule.inbound("bridge").network(Network.TCP).to("web"),
                                Rule.inbound("bridge").network(Network.UDP).to("echo"))
                        .start();
                Visitor visitor = new Visitor(portal.port("visitors"))) {
            bridge.ready("bridge").get(10, TimeUnit.SECONDS);
            then(visitor.say("hello")).isEqualTo("hello");
            Thread flood = new Thread(() -> {
                try {
                    byte[] bytes = new byte[1_200];
                    for (int i = 0; i < 50_000; i++) {
                        visitor.send(bytes);
                    }
                } catch (java.io.IOException closed) {
                    return;
                }
            });
            flood.start();
            try (Socket stream = Tunnels.visit(portal)) {
                for (int i = 0; i < 100; i++) {
                    then(Tunnels.say(stream, "line " + i)).isEqualTo("line " + i);
                }
            }
            flood.join();
            then(portal.snapshot().tunnels()).hasSize(1);
            then(portal.snapshot().tunnels().get(0).blocked()).isFalse();
        }
    }
}
