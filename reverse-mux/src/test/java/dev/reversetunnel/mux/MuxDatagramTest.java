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

    private final MuxPair pair = new MuxPair(MuxOptions.DEFAULT.queueBytes(3_000, 4_000));
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
        session.writeAndFlush(datagram(OTHER, "question"));
        pair.pump();
        server.last().writeAndFlush(datagram(OTHER, "answer"));
        pair.pump();

        then(Taker.of(server.last()).datagrams).containsExactly(DNS + " question");
        then(Taker.of(session).datagrams).containsExactly(OTHER + " answer");
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
