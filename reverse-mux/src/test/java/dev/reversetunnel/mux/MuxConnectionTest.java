package dev.reversetunnel.mux;

import static dev.reversetunnel.mux.MuxEnd.bytes;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sessions are opened and accepted, bytes go through them, and everybody has a turn. */
@ExtendWith(BufferLeakExtension.class)
class MuxConnectionTest {
    private static final Destination WEB = Destination.tcp("web", 80);

    private final MuxPair pair = new MuxPair();
    private final MuxEnd client = pair.client;
    private final MuxEnd server = pair.server;

    @AfterEach
    void close() {
        pair.close();
    }

    @Test
    void new_carries_the_first_bytes() {
        MuxSession session = client.open("web");
        session.writeAndFlush(bytes("hello"));
        session.writeAndFlush(bytes("more"));

        then(client.sent()).containsExactly("New 1 tcp:web:80 'hello'", "Keep 1 'more'");
    }

    @Test
    void new_goes_alone_at_the_end_of_the_turn_when_nothing_is_written() {
        MuxSession session = client.open("web");

        then(client.sent()).containsExactly("New 1 tcp:web:80");
        session.writeAndFlush(bytes("late"));
        then(client.sent()).containsExactly("Keep 1 'late'");
    }

    @Test
    void a_session_that_is_closed_in_the_turn_of_its_opening_leaves_no_trace() {
        client.open("web").close();

        then(client.sent()).isEmpty();
        then(client.mux.openSessions()).isZero();
        then(client.ended).hasSize(1);
    }

    @Test
    void bytes_go_both_ways() {
        MuxSession session = client.open("web");
        session.writeAndFlush(bytes("request"));
        pair.pump();
        server.last().writeAndFlush(bytes("answer"));
        pair.pump();

        then(server.last().destination()).isEqualTo(WEB);
        then(server.last().sessionId()).isEqualTo(1);
        then(server.last()).extracting(Object::toString).asString().contains("session 1");
        then(Taker.of(server.last()).text()).isEqualTo("request");
        then(Taker.of(session).text()).isEqualTo("answer");
        then(client.mux.bytesSent()).isEqualTo(7);
        then(server.mux.bytesReceived()).isEqualTo(7);
        then(client.mux.openedSessions()).isEqualTo(1);
        then(server.mux.openSessions()).isEqualTo(1);
        then(server.heard).isPositive();
    }

    @Test
    void handlers_that_were_installed_while_accepting_see_the_session_become_active() {
        var events = new java.util.ArrayList<String>();
        server.onAccept = session -> session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void handlerAdded(ChannelHandlerContext ctx) {
                events.add("added");
            }

            @Override
            public void channelActive(ChannelHandlerContext ctx) {
                events.add("active");
            }
        });
        client.open("web");
        pair.pump();

        then(events).containsExactly("added", "active");
    }

    @Test
    void a_visitor_is_told_in_the_dialect_that_can_carry_one_only() {
        var visitor = new MuxFrame.Visitor(Destination.tcp("192.0.2.1", 4000), Destination.tcp("192.0.2.9", 443));
        var reverse = new MuxEnd(MuxRole.CLIENT, MuxOptions.DEFAULT.dialect(MuxDialect.VLESS_REVERSE));
        reverse.mux.open(WEB, visitor);
        client.mux.open(WEB, visitor);
        reverse.wire.runPendingTasks();

        var bridge = new MuxEnd(MuxRole.SERVER, MuxOptions.DEFAULT.dialect(MuxDialect.VLESS_REVERSE));
        bridge.receive(reverse.wire.<io.netty.buffer.ByteBuf>readOutbound());
        pair.pump();

        then(bridge.last().visitor()).isEqualTo(visitor);
        then(server.last().visitor()).isNull();
        reverse.close();
        bridge.close();
    }

    @Test
    void what_a_few_sessions_write_in_one_turn_of_the_loop_is_flushed_once() {
        int before = client.wire.flushes();
        for (int i = 1; i < WriteTurns.MAX_WAITING; i++) {
            MuxSession session = client.open("web");
            session.writeAndFlush(bytes("a"));
            session.writeAndFlush(bytes("b"));
        }
        then(client.wire.flushes() - before).isZero();
        client.wire.runPendingTasks();

        then(client.wire.flushes() - before).isEqualTo(1);
        then(client.sent()).hasSize(2 * (WriteTurns.MAX_WAITING - 1));
    }

    @Test
    void what_a_crowd_writes_goes_out_before_the_turn_of_the_loop_ends() {
        int before = client.wire.flushes();
        for (int i = 0; i < 3 * WriteTurns.MAX_WAITING; i++) {
            client.open("web").writeAndFlush(bytes("a"));
        }
        then(client.wire.flushes() - before).isEqualTo(3);
        then(client.sent()).hasSize(3 * WriteTurns.MAX_WAITING);
    }

    @Test
    void a_bulk_session_delays_anothers_first_byte_by_one_quantum_at_most() {
        MuxSession bulk = client.open("bulk");
        client.sent();
        client.wire.stick();
        bulk.writeAndFlush(Unpooled.wrappedBuffer(new byte[1 << 20]));
        client.wire.runPendingTasks();
        long before = client.mux.bytesSent();

        MuxSession small = client.open("small");
        small.writeAndFlush(bytes("first"));
        client.wire.unstick();
        var frames = client.sent();

        int first = frames.indexOf("New 2 tcp:small:80 'first'");
        then(first).isPositive();
        long queued = before / 16_360;
        then(first - queued).isLessThanOrEqualTo(WriteTurns.QUANTUM / 16_360);
        then(frames.stream().filter(frame -> frame.startsWith("Keep 1"))).hasSize((1 << 20) / 16_360 + 1);
    }

    @Test
    void a_turn_is_no_longer_than_the_quantum() {
        MuxSession one = client.open("one");
        MuxSession two = client.open("two");
        client.sent();
        one.writeAndFlush(Unpooled.wrappedBuffer(new byte[100_000]));
        two.writeAndFlush(Unpooled.wrappedBuffer(new byte[100_000]));

        List<String> turns = new ArrayList<>(Collections.nCopies(WriteTurns.QUANTUM / 16_360, "Keep 1 (16360)"));
        turns.addAll(Collections.nCopies(WriteTurns.QUANTUM / 16_360, "Keep 2 (16360)"));
        turns.add("Keep 1 (16360)");
        then(client.sent()).startsWith(turns.toArray(new String[0]));
    }

    @Test
    void many_sessions_at_once_each_get_their_own_bytes_both_ways() {
        int sessions = 20;
        MuxSession[] opened = new MuxSession[sessions];
        byte[][] up = new byte[sessions][];
        byte[][] down = new byte[sessions][];
        for (int i = 0; i < sessions; i++) {
            opened[i] = client.open("web");
            up[i] = new byte[150_000 + i * 10_000];
            new Random(i).nextBytes(up[i]);
            write(opened[i], up[i], i);
        }
        pair.pump();
        for (int i = 0; i < sessions; i++) {
            down[i] = new byte[300_000 - i * 10_000];
            new Random(-i).nextBytes(down[i]);
            write(server.opened.get(i), down[i], i + 100);
        }
        pair.pump();

        for (int i = 0; i < sessions; i++) {
            then(Taker.of(server.opened.get(i)).bytes.toByteArray()).isEqualTo(up[i]);
            then(Taker.of(opened[i]).bytes.toByteArray()).isEqualTo(down[i]);
        }
    }

    /** In pieces of all sizes. */
    private static void write(MuxSession session, byte[] data, int seed) {
        var random = new Random(seed);
        for (int at = 0; at < data.length; ) {
            int length = Math.min(data.length - at, 1 + random.nextInt(40_000));
            session.write(Unpooled.wrappedBuffer(data, at, length));
            at += length;
        }
        session.flush();
    }

    @Test
    void a_session_is_not_writable_while_the_carrier_is_not_and_goes_on_afterwards() {
        MuxSession session = pair.open("web");
        client.wire.stick();
        for (int i = 0; i < 40; i++) {
            session.writeAndFlush(Unpooled.wrappedBuffer(new byte[8_000]));
            client.wire.runPendingTasks();
        }
        then(session.isWritable()).isFalse();
        then(client.wire.isWritable()).isFalse();

        client.wire.unstick();
        pair.pump();

        then(session.isWritable()).isTrue();
        then(Taker.of(session).events).containsExactly("unwritable", "writable");
        then(Taker.of(server.last()).bytes.size()).isEqualTo(40 * 8_000);
    }

    @Test
    void what_nobody_reads_waits_and_comes_in_order() {
        server.onOpen = session -> {};
        MuxSession session = client.open("web");
        for (int i = 0; i < 10; i++) {
            session.writeAndFlush(bytes("" + i));
            pair.pump();
        }
        MuxSession accepted = server.last();
        then(Taker.of(accepted).reads).isZero();
        then(accepted.queuedBytes()).isEqualTo(10);
        then(server.mux.queuedBytes()).isEqualTo(10);

        accepted.config().setAutoRead(true);
        session.writeAndFlush(bytes("end"));
        pair.pump();

        then(Taker.of(accepted).text()).isEqualTo("0123456789end");
        then(server.mux.queuedBytes()).isZero();
    }

    @Test
    void a_read_without_auto_read_gives_one_burst() {
        server.onOpen = session -> {};
        MuxSession session = client.open("web");
        pair.pump();
        MuxSession accepted = server.last();
        accepted.read();
        session.writeAndFlush(bytes("one"));
        pair.pump();
        session.writeAndFlush(bytes("two"));
        pair.pump();

        then(Taker.of(accepted).text()).isEqualTo("one");
        then(Taker.of(accepted).readCompletes).isEqualTo(1);
        accepted.read();
        pair.pump();
        then(Taker.of(accepted).text()).isEqualTo("onetwo");
    }

    @Test
    void a_reader_that_stops_in_the_middle_of_a_burst_gets_no_more() {
        server.onOpen = session -> {};
        String a = "a".repeat(16_000); // small ones wait together
        String b = "b".repeat(16_000);
        MuxSession session = client.open("web");
        session.writeAndFlush(bytes(a));
        session.writeAndFlush(bytes(b));
        session.writeAndFlush(bytes("c"));
        pair.pump();
        MuxSession accepted = server.last();
        accepted.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.channel().config().setAutoRead(false);
                ctx.fireChannelRead(message);
            }
        });
        accepted.config().setAutoRead(true);
        pair.pump();
        then(Taker.of(accepted).text()).isEqualTo(a);

        accepted.config().setAutoRead(true);
        pair.pump();
        then(Taker.of(accepted).text()).isEqualTo(a + b);
    }

    @Test
    void a_carriers_end_of_input_ends_it() {
        client.open("web");
        pair.pump();
        client.wire.pipeline().fireUserEventTriggered(io.netty.channel.socket.ChannelInputShutdownEvent.INSTANCE);
        client.wire.runPendingTasks();

        then(client.wire.isOpen()).isFalse();
        then(client.closed).isEqualTo(1);
    }

    @Test
    void a_closed_connection_opens_nothing() {
        client.wire.close();
        client.wire.runPendingTasks();

        then(client.mux.canOpen()).isFalse();
        thenThrownBy(() -> client.mux.open(WEB))
                .isInstanceOf(MuxException.class)
                .hasMessage("the connection is closed");
    }
}
