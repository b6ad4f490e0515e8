package dev.reversetunnel.mux;

import static dev.reversetunnel.mux.MuxEnd.bytes;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** UDP sessions: one frame is one datagram, and what cannot be carried is dropped. */
@ExtendWith(BufferLeakExtension.class)
class MuxDatagramTest {
    private static final Destination DNS = Destination.udp("192.0.2.53", 53);
    private static final Destination OTHER = Destination.udp("198.51.100.7", 5353);

    private final MuxPair pair = new MuxPair(MuxOptions.DEFAULT.queueBytes(3_000, 16_000));
    private final MuxEnd client = pair.client;
    private final MuxEnd server = pair.server;

    @AfterEach
    void close() {
        pair.close();
    }

    private MuxSession open() {
        MuxSession session = client.mux.open(DNS);
        session.pipeline().addLast(new Taker());
        session.config().setAutoRead(true);
        return session;
    }

    private static Datagram datagram(Destination peer, String text) {
        return new Datagram(peer, bytes(text));
    }

    private static Datagram datagram(int bytes) {
        return new Datagram(DNS, Unpooled.wrappedBuffer(new byte[bytes]));
    }

    @Test
    void datagrams_stay_whole_and_apart() {
        MuxSession session = open();
        session.write(datagram(DNS, "one"));
        session.write(datagram(DNS, "two"));
        session.flush();

        then(client.sent()).containsExactly("New 1 udp:192.0.2.53:53 'one'", "Keep 1 'two'");
    }

    @Test
    void each_datagram_arrives_with_the_sessions_target_or_its_own() {
        server.receive(
                new MuxFrame.New(1, DNS, bytes("one")),
                new MuxFrame.Keep(1, MuxFrame.DATA, OTHER, bytes("two")),
                new MuxFrame.Keep(1, bytes("three")));

        then(Taker.of(server.last()).datagrams).containsExactly(DNS + " one", OTHER + " two", DNS + " three");
    }

    @Test
    void the_acceptor_tells_where_a_datagram_came_from_and_the_opener_does_not() {
        MuxSession session = open();
        session.writeAndFlush(datagram(DNS, "question"));
        session.writeAndFlush(datagram(DNS, "again"));
        then(client.sent()).containsExactly("New 1 udp:192.0.2.53:53 'question'", "Keep 1 'again'");
        server.receive(new MuxFrame.New(1, DNS, bytes("question")));
        server.last().writeAndFlush(datagram(DNS, "answer"));
        server.last().writeAndFlush(datagram(OTHER, "from elsewhere"));
        then(server.sent())
                .containsExactly(
                        "Keep 1 @udp:192.0.2.53:53 'answer'", "Keep 1 @udp:198.51.100.7:5353 'from elsewhere'");
    }

    @Test
    void a_peer_that_may_know_one_target_only_gets_nothing_for_another() {
        // V2Ray delivers it to the session's first target: recorded in udp-two-targets-portal-xray-bridge-v2ray5
        MuxSession session = open();
        session.write(datagram(DNS, "first"));
        session.write(datagram(OTHER, "second"));
        session.writeAndFlush(datagram(DNS, "third"));

        then(client.sent()).containsExactly("New 1 udp:192.0.2.53:53 'first'", "Keep 1 'third'");
        then(session.droppedDatagrams()).isEqualTo(1);
        then(client.mux.droppedDatagrams()).isEqualTo(1);
        then(client.dropped).isEqualTo(1);
        then(client.mux.readsTargets()).isFalse();
    }

    @Test
    void the_association_that_was_idle_for_longest_makes_room_and_a_stream_does_not() {
        var small = new MuxEnd(MuxRole.SERVER, MuxOptions.DEFAULT.maxSessions(3));
        small.receive(
                new MuxFrame.New(1, Destination.tcp("web", 80), bytes("stream")),
                new MuxFrame.New(2, DNS, bytes("two")),
                new MuxFrame.New(3, DNS, bytes("three")));
        MuxSession three = small.last();
        small.receive(new MuxFrame.Keep(2, bytes("again")));
        then(small.evicted).isZero();

        small.receive(new MuxFrame.New(4, DNS, bytes("four"))); // it was 3 that said nothing more
        then(three.isOpen()).isFalse();
        MuxSession four = small.last();
        small.receive(new MuxFrame.New(5, DNS, bytes("five")), new MuxFrame.Keep(4, bytes("again")));
        MuxSession five = small.last();
        four.writeAndFlush(datagram(DNS, "answer"));
        five.writeAndFlush(datagram(DNS, "answer"));
        then(small.sent())
                .containsExactly(
                        "End 3", "End 2", "Keep 4 @udp:192.0.2.53:53 'answer'", "Keep 5 @udp:192.0.2.53:53 'answer'");

        small.receive(new MuxFrame.New(6, DNS, bytes("six")), new MuxFrame.New(7, Destination.tcp("web", 80)));

        then(small.evicted).isEqualTo(3);
        then(four.isOpen()).isFalse();
        then(five.isOpen()).isTrue();
        then(small.sent()).containsExactly("End 4", "End 7 error");
        then(small.mux.openSessions()).isEqualTo(3);
        small.close();
    }

    @Test
    void a_tunnel_full_of_streams_refuses_an_association() {
        var small = new MuxEnd(MuxRole.SERVER, MuxOptions.DEFAULT.maxSessions(1));
        small.receive(new MuxFrame.New(1, Destination.tcp("web", 80), bytes("stream")), new MuxFrame.New(2, DNS));

        then(small.sent()).containsExactly("End 2 error");
        then(small.evicted).isZero();
        small.close();
    }

    @Test
    void an_own_peer_is_told_the_target_of_each_datagram_once_there_are_several() {
        client.receive(MuxEnd.helloFrame());
        then(client.mux.readsTargets()).isTrue();
        MuxSession session = open();
        session.write(datagram(DNS, "first"));
        session.write(datagram(DNS, "again"));
        session.write(datagram(OTHER, "second"));
        session.writeAndFlush(datagram(DNS, "third"));

        then(client.sent())
                .containsExactly(
                        "New 1 udp:192.0.2.53:53 'first'",
                        "Keep 1 'again'",
                        "Keep 1 @udp:198.51.100.7:5353 'second'",
                        "Keep 1 @udp:192.0.2.53:53 'third'");
        then(session.droppedDatagrams()).isZero();
    }

    @Test
    void what_rides_in_new_is_for_the_sessions_own_target() {
        client.receive(MuxEnd.helloFrame());
        open().writeAndFlush(datagram(OTHER, "first"));
        then(client.sent()).containsExactly("New 1 udp:192.0.2.53:53", "Keep 1 @udp:198.51.100.7:5353 'first'");
    }

    @Test
    void an_xray_bridge_of_the_vless_reverse_is_told_targets_and_bears_more() {
        MuxEnd xray = new MuxEnd(MuxRole.CLIENT, MuxOptions.DEFAULT.dialect(MuxDialect.VLESS_REVERSE));
        then(xray.mux.readsTargets()).isTrue();
        then(xray.mux.maxDatagram()).isEqualTo(8_192);
        MuxSession session = xray.mux.openRoaming(DNS, new MuxFrame.GlobalId(7), null);
        session.write(datagram(DNS, "first"));
        session.write(datagram(OTHER, "second"));
        session.write(datagram(8_193));
        session.writeAndFlush(datagram(8_192));

        then(xray.sent()) // and no GlobalID: its place is taken by the visitor's address
                .containsExactly(
                        "New 1 udp:192.0.2.53:53 'first'",
                        "Keep 1 @udp:198.51.100.7:5353 'second'",
                        "Keep 1 @udp:192.0.2.53:53 (8192)");
        then(session.droppedDatagrams()).isEqualTo(1);
        then(session.globalId()).isNull();
        xray.close();
    }

    @Test
    void two_ends_of_our_own_make_take_whatever_a_datagram_can_be_once_both_said_so() {
        client.receive(MuxEnd.helloFrame());
        then(client.mux.maxDatagram()).isEqualTo(2_048);
        client.mux.hello(MuxEnd.hello(0));
        then(client.mux.maxDatagram()).isEqualTo(65_535);
        then(client.sent()).hasSize(1);
        open().writeAndFlush(datagram(65_535));
        then(client.sent()).containsExactly("New 1 udp:192.0.2.53:53 (65535)");
    }

    @Test
    void a_global_id_rides_in_new_with_the_first_datagram() {
        MuxSession session = client.mux.openRoaming(DNS, new MuxFrame.GlobalId(0x1122334455667788L), null);
        client.wire.runPendingTasks();
        then(client.sent()).isEmpty(); // New without data would lose it
        session.writeAndFlush(datagram(DNS, "ping"));
        pair.pump();

        then(server.last().globalId()).isEqualTo(new MuxFrame.GlobalId(0x1122334455667788L));
        session.close();
        pair.pump();
        then(server.ended).containsExactly(server.last());
    }

    @Test
    void a_session_of_which_the_other_side_never_heard_ends_without_a_word() {
        client.mux.openRoaming(DNS, new MuxFrame.GlobalId(1), null).close();
        then(client.sent()).isEmpty();
    }

    @Test
    void session_0_is_a_session_as_single_xudp_needs_it() {
        // as xray and sing-box: one session, id 0, and what comes behind it
        server.receive(
                new MuxFrame.New(0, MuxFrame.DATA, DNS, null, new MuxFrame.GlobalId(9), bytes("one")),
                new MuxFrame.Keep(0, MuxFrame.DATA, OTHER, bytes("two")),
                new MuxFrame.KeepAlive(0, 0, Unpooled.EMPTY_BUFFER));
        server.last().writeAndFlush(datagram(OTHER, "answer"));

        then(Taker.of(server.last()).datagrams).containsExactly(DNS + " one", OTHER + " two");
        then(server.sent()).containsExactly("Keep 0 @udp:198.51.100.7:5353 'answer'");
        then(server.errors).isEmpty();
    }

    @Test
    void the_largest_goes_through_and_a_larger_or_an_empty_one_is_dropped() {
        MuxSession session = open();
        session.write(datagram(2_049));
        session.write(datagram(0));
        ChannelFuture last = session.writeAndFlush(datagram(2_048));

        then(client.sent()).containsExactly("New 1 udp:192.0.2.53:53 (2048)");
        then(session.droppedDatagrams()).isEqualTo(2);
        then(last.isSuccess()).isTrue();
        session.close();
        then(client.sent()).containsExactly("End 1");
    }

    @Test
    void what_finds_the_queue_full_is_dropped_and_stops_nobody() {
        server.onOpen = session -> {};
        server.receive(new MuxFrame.New(1, DNS));
        for (int i = 0; i < 10; i++) {
            server.receive(new MuxFrame.Keep(1, Unpooled.wrappedBuffer(new byte[1_000])));
        }

        then(server.last().queuedBytes()).isEqualTo(3_000);
        then(server.last().droppedDatagrams()).isEqualTo(7);
        then(server.mux.isBlocked()).isFalse();
        server.last().config().setAutoRead(true);
        server.wire.runPendingTasks();
        then(Taker.of(server.last()).datagrams).hasSize(3);
    }

    @Test
    void many_full_queues_of_datagrams_do_not_stop_the_tunnel() {
        server.onOpen = session -> {};
        for (int id = 1; id <= 4; id++) {
            server.receive(
                    new MuxFrame.New(id, DNS, Unpooled.wrappedBuffer(new byte[1_000])),
                    new MuxFrame.Keep(id, Unpooled.wrappedBuffer(new byte[1_000])));
        }

        then(server.mux.isBlocked()).isFalse();
        then(server.mux.queuedBytes()).isEqualTo(4_000);
        then(server.last().droppedDatagrams()).isEqualTo(2);
    }

    @Test
    void datagrams_that_wait_take_nothing_from_the_streams() {
        server.onOpen = session -> {};
        for (int id = 1; id <= 4; id++) {
            server.receive(new MuxFrame.New(id, DNS, Unpooled.wrappedBuffer(new byte[1_000])));
        }
        for (int id = 5; id <= 9; id++) {
            server.receive(new MuxFrame.New(id, Destination.tcp("web", 80), Unpooled.wrappedBuffer(new byte[2_900])));
        }
        then(server.mux.queuedBytes()).isEqualTo(4_000 + 5 * 2_900);
        then(server.mux.isBlocked()).isFalse(); // 14,500 of streams, of 16,000

        server.opened.get(0).config().setAutoRead(true);
        server.opened.get(1).close();
        server.wire.runPendingTasks();
        then(server.mux.queuedBytes()).isEqualTo(2_000 + 5 * 2_900);
        then(server.mux.droppedDatagrams()).isZero();
    }

    @Test
    void bytes_are_no_datagram_and_a_datagram_is_no_bytes() {
        ChannelFuture wrong = open().writeAndFlush(bytes("bytes"));
        then(wrong.cause())
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("expected: Datagram");

        ChannelFuture other = client.open("web").writeAndFlush(datagram(DNS, "datagram"));
        then(other.cause()).isInstanceOf(UnsupportedOperationException.class).hasMessageContaining("expected: ByteBuf");
    }

    @Test
    void an_empty_buffer_marks_a_place_behind_the_datagrams() {
        MuxSession session = open();
        session.write(datagram(DNS, "last"));
        session.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> session.close());

        then(client.sent()).containsExactly("New 1 udp:192.0.2.53:53 'last'", "End 1");
    }

    @Test
    void a_write_that_was_cancelled_is_left_out() {
        MuxSession session = open();
        ChannelFuture first = session.write(datagram(DNS, "cancelled"));
        then(first.cancel(false)).isTrue();
        session.writeAndFlush(datagram(DNS, "sent"));

        then(client.sent()).containsExactly("New 1 udp:192.0.2.53:53 'sent'");
    }

    @Test
    void end_ends_a_udp_session_too() {
        MuxSession session = open();
        Taker taker = Taker.of(session);
        pair.pump();
        server.last().close();
        pair.pump();

        then(taker.events).containsExactly("end", "inactive");
    }
}
