package dev.reversetunnel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Datagrammers.Echo;
import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Code of this JVM opens connections by the rules of a node, without a port. */
class DialTest {
    private static final String NAME = "web.home";

    private final Heard heard = new Heard();

    private ReverseTunnel node(int origin) throws TunnelException {
        return ReverseTunnel.node()
                .outbound("origin", Outbound.to("127.0.0.1", origin))
                .outbound("nothing", Outbound.refuse())
                .outbound("echo", Outbound.handler(new EchoHandler()))
                .route(
                        Rule.inbound(ReverseTunnel.DIAL).port(81).to("nothing"),
                        Rule.inbound(ReverseTunnel.DIAL).port(80).to("origin"),
                        Rule.inbound("app").to("echo"))
                .listener(heard)
                .start();
    }

    @io.netty.channel.ChannelHandler.Sharable
    private static final class EchoHandler extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.writeAndFlush(message);
        }
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    private static String echo(Connection connection, String line) throws IOException {
        connection.output().write((line + "\n").getBytes(US_ASCII));
        return Tunnels.line(connection.input());
    }

    @Test
    void reaches_what_the_rules_say() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(origin.port());
                Connection connection = get(node.dial(NAME, 80))) {
            then(echo(connection, "hello")).isEqualTo("hello");
            then(connection).hasToString("Connection[tcp:web.home:80]");
            then(connection.destination()).isEqualTo(Destination.tcp(NAME, 80));
            connection.close();
            await().until(origin.sockets::isEmpty);
            then(connection).hasToString("Connection[tcp:web.home:80, closed]");
        }
    }

    @Test
    void by_another_inbound_other_rules_hold_and_no_hop_is_made() throws Exception {
        try (ReverseTunnel node = node(1);
                Connection connection = get(node.dial("app", Destination.tcp(NAME, 443)))) {
            then(echo(connection, "in this JVM")).isEqualTo("in this JVM");
        }
    }

    @Test
    void what_the_rules_refuse_fails_at_once_and_says_why() throws Exception {
        try (ReverseTunnel node = node(1)) {
            thenThrownBy(() -> get(node.dial(NAME, 81)))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(RefusedException.class)
                    .hasMessage("by the rule to \"nothing\"");
            thenThrownBy(() -> get(node.dial(NAME, 82)))
                    .cause()
                    .isInstanceOf(RefusedException.class)
                    .hasMessage("no rule allows it");
            thenThrownBy(() -> get(node.dial("v1.mux.cool", 80))).cause().isInstanceOf(RefusedException.class);
            then(node.snapshot().refused()).isEqualTo(3);
            then(heard.of("refused")).hasSize(3);
        }
    }

    @Test
    void what_cannot_be_reached_fails_and_says_why() throws Exception {
        try (ReverseTunnel node = node(Tunnels.freePort())) {
            thenThrownBy(() -> get(node.dial(NAME, 80)))
                    .cause()
                    .isInstanceOf(TunnelException.class)
                    .isNotInstanceOf(RefusedException.class)
                    .hasCauseInstanceOf(ConnectException.class);
            then(node.snapshot().failed()).isEqualTo(1);
        }
    }

    @Test
    void an_output_that_is_closed_ends_the_input_of_the_other_side_alone() throws Exception {
        try (Origin origin = new Origin(socket -> {
                    byte[] all = socket.getInputStream().readAllBytes();
                    socket.getOutputStream().write(("got " + all.length).getBytes(US_ASCII));
                });
                ReverseTunnel node = node(origin.port());
                Connection connection = get(node.dial(NAME, 80))) {
            connection.output().write(new byte[300_000]);
            connection.output().close();
            then(new String(connection.input().readAllBytes(), US_ASCII)).isEqualTo("got 300000");
            thenThrownBy(() -> connection.output().write(1)).isInstanceOf(IOException.class);
            await().until(() -> !connection.isOpen());
        }
    }

    @Test
    void an_answer_that_is_complete_leaves_the_way_there_open() throws Exception {
        CompletableFuture<Integer> rest = new CompletableFuture<>();
        try (Origin origin = new Origin(socket -> {
                    socket.getOutputStream().write(7);
                    socket.shutdownOutput();
                    rest.complete(socket.getInputStream().readAllBytes().length);
                });
                ReverseTunnel node = node(origin.port());
                Connection connection = get(node.dial(NAME, 80))) {
            then(connection.input().readAllBytes()).containsExactly(7);
            connection.output().write(new byte[1_000]);
            connection.output().close();
            then(get(rest)).isEqualTo(1_000);
            await().until(() -> !connection.isOpen());
        }
    }

    @Test
    void a_reset_is_no_clean_end() throws Exception {
        try (Origin origin = new Origin(socket -> {
                    socket.getInputStream().read();
                    socket.setSoLinger(true, 0);
                });
                ReverseTunnel node = node(origin.port());
                Connection connection = get(node.dial(NAME, 80))) {
            connection.output().write(1);
            thenThrownBy(() -> connection.input().read())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
            thenThrownBy(() -> connection.output().write(1)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void resets_when_told_to() throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        try (Origin origin = new Origin(
                        socket -> seen.complete("end " + socket.getInputStream().read()),
                        failure -> seen.complete("failure"));
                ReverseTunnel node = node(origin.port());
                Connection connection = get(node.dial(NAME, 80))) {
            await().until(() -> !origin.sockets.isEmpty());
            connection.reset();
            then(get(seen)).isEqualTo("failure");
        }
    }

    @Test
    void a_reader_who_does_not_read_stops_his_sender_and_loses_nothing() throws Exception {
        int size = 64 << 20;
        AtomicLong sent = new AtomicLong();
        try (Origin origin = new Origin(socket -> {
                    byte[] piece = new byte[1 << 16];
                    for (int i = 0; i < size; i += piece.length) {
                        socket.getOutputStream().write(piece);
                        sent.addAndGet(piece.length);
                    }
                });
                ReverseTunnel node = node(origin.port());
                Connection connection = get(node.dial(NAME, 80))) {
            await().until(() -> connection.input().available() > 0);
            await().during(Duration.ofMillis(300)).until(() -> sent.get() < size / 2);
            then(connection.input().available()).isLessThan(1 << 20);
            then(connection.input().transferTo(java.io.OutputStream.nullOutputStream()))
                    .isEqualTo(size);
        }
    }

    @Test
    void a_writer_waits_for_a_reader_and_no_longer_than_he_said() throws Exception {
        try (Origin origin = new Origin(socket -> await().until(socket::isClosed));
                ReverseTunnel node = node(origin.port());
                Connection connection = get(node.dial(NAME, 80)).timeout(Duration.ofMillis(200))) {
            AtomicLong written = new AtomicLong();
            thenThrownBy(() -> {
                        for (int i = 0; i < 64; i++) {
                            connection.output().write(new byte[1 << 20]);
                            written.incrementAndGet();
                        }
                    })
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("write: timed out");
            then(written.get()).isLessThan(32);
            thenThrownBy(() -> connection.input().read())
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("read: timed out");
            then(connection.isOpen()).isTrue();
        }
    }

    @Test
    void streams_do_not_wait_on_an_event_loop() throws Exception {
        try (ReverseTunnel node = node(1);
                Connection connection = get(node.dial("app", Destination.tcp(NAME, 443)))) {
            Channel other = get(node.dial("app", Destination.tcp(NAME, 443), new ChannelInboundHandlerAdapter()));
            thenThrownBy(() -> other.eventLoop()
                            .submit(() -> connection.input().read())
                            .get(10, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("read() waits and must not be called on an event loop");
        }
    }

    @Test
    void a_portal_is_dialled_as_by_a_visitor() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = Tunnels.portal();
                Bridge bridge = Tunnels.bridge(portal, origin.port());
                Connection connection = get(portal.dial(NAME, 80))) {
            then(echo(connection, "through the tunnel")).isEqualTo("through the tunnel");
            bridge.close();
            thenThrownBy(() -> connection.input().read()).isInstanceOf(IOException.class);
        }
    }

    @Test
    void who_gives_up_does_not_wait_for_a_bridge() throws Exception {
        try (Portal portal = Tunnels.portal()) {
            CompletableFuture<Connection> waiting = portal.dial(NAME, 80);
            await().until(() -> portal.snapshot().waitingForBridge() == 1);
            waiting.cancel(true);
            await().until(() -> portal.snapshot().waitingForBridge() == 0);
        }
    }

    @Test
    void a_handler_gets_a_channel_of_its_own() throws Exception {
        CompletableFuture<String> got = new CompletableFuture<>();
        try (Origin origin = Origin.echo();
                ReverseTunnel node = node(origin.port())) {
            Channel channel =
                    get(node.dial(ReverseTunnel.DIAL, Destination.tcp(NAME, 80), new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object message) {
                            ByteBuf bytes = (ByteBuf) message;
                            got.complete(bytes.toString(US_ASCII));
                            bytes.release();
                        }
                    }));
            channel.writeAndFlush(Unpooled.copiedBuffer("ring two", US_ASCII));
            then(get(got)).isEqualTo("ring two");
            node.close();
            then(channel.isOpen()).isFalse();
        }
    }

    @Test
    void datagrams_go_where_each_one_says() throws Exception {
        List<String> got = new CopyOnWriteArrayList<>();
        try (Echo one = new Echo("one:");
                ReverseTunnel node = ReverseTunnel.node()
                        .outbound("direct", Outbound.direct().allowPrivate())
                        .route(Rule.inbound(ReverseTunnel.DIAL).port(one.port()).to("direct"))
                        .listener(heard)
                        .start()) {
            Destination target = Destination.udp("127.0.0.1", one.port());
            Destination other = Destination.udp("127.0.0.1", 9);
            Channel channel = get(node.dial(ReverseTunnel.DIAL, target, new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    Datagram datagram = (Datagram) message;
                    got.add(datagram.peer() + " " + datagram.content().toString(US_ASCII));
                    datagram.release();
                }
            }));
            await().until(() -> {
                channel.writeAndFlush(new Datagram(target, Unpooled.copiedBuffer("a", US_ASCII)));
                return !got.isEmpty();
            });
            then(got.get(0)).isEqualTo(target + " one:a");
            channel.writeAndFlush(new Datagram(other, Unpooled.copiedBuffer("b", US_ASCII)));
            await().until(() -> !heard.of("refused").isEmpty());
            thenThrownBy(() -> get(node.dial(ReverseTunnel.DIAL, other, new ChannelInboundHandlerAdapter())))
                    .cause()
                    .isInstanceOf(RefusedException.class)
                    .hasMessage("no rule allows it");
            channel.close();
            await().until(() -> node.snapshot().datagramAssociations() == 0);
        }
    }

    @Test
    void streams_are_for_tcp() throws Exception {
        try (ReverseTunnel node = node(1)) {
            thenThrownBy(() -> node.dial("app", Destination.udp(NAME, 53)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("give a handler for datagrams");
            try (Connection connection = get(node.dial("app", Destination.tcp(NAME, 443)))) {
                thenThrownBy(() -> connection.timeout(Duration.ofSeconds(-1)))
                        .hasMessageContaining("expected: positive, or zero for ever");
            }
        }
    }

    @Test
    void a_node_that_drains_or_is_closed_takes_nothing_new() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = Tunnels.portal();
                Bridge bridge = Tunnels.bridge(portal, origin.port());
                Socket visitor = Tunnels.visit(portal)) {
            then(Tunnels.say(visitor, "here")).isEqualTo("here");
            CompletableFuture<Integer> drained =
                    CompletableFuture.supplyAsync(() -> portal.drain(Duration.ofMinutes(1)));
            await().until(() -> portal.dial(NAME, 80).isCompletedExceptionally());
            thenThrownBy(() -> get(portal.dial(NAME, 80)))
                    .cause()
                    .isInstanceOf(RefusedException.class)
                    .hasMessage("the node is draining, and takes nothing new");
            visitor.close();
            get(drained);
            thenThrownBy(() -> get(portal.dial(NAME, 80))).cause().hasMessage("the node is closed");
            then(bridge.snapshot().refused()).isZero();
        }
    }
}
