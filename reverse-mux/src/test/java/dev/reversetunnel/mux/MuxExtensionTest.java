package dev.reversetunnel.mux;

import static dev.reversetunnel.mux.MuxEnd.bytes;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.mux.MuxException.Reason;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What two ends of our own make can do that plain Mux.cool cannot. */
@ExtendWith(BufferLeakExtension.class)
class MuxExtensionTest {
    private static final int CREDIT = MuxHello.DEFAULT_CREDIT;

    private final MuxPair pair = new MuxPair();
    private final MuxEnd client = pair.client;
    private final MuxEnd server = pair.server;

    /** What came at either end of the session that was opened last. */
    private Taker mine = new Taker();

    private Taker theirs = new Taker();

    @AfterEach
    void close() {
        pair.close();
    }

    private MuxSession open(String host) {
        MuxSession session = pair.open(host);
        mine = Taker.of(session);
        theirs = Taker.of(server.last());
        return session;
    }

    // ---- hello ----

    @Test
    void both_hear_who_the_other_is() {
        pair.extended();

        then(client.mux.peer()).isEqualTo(MuxEnd.hello(CREDIT));
        then(server.mux.peer()).isEqualTo(MuxEnd.hello(CREDIT));
        then(client.greeted).isEqualTo(1);
        then(server.greeted).isEqualTo(1);
        then(client.pongs).as("the way is measured at once").hasSize(1);
        then(client.mux.roundTripNanos()).isNotNegative();
    }

    @Test
    void sessions_that_were_opened_before_stay_plain() {
        MuxSession before = pair.open("web");
        pair.extended();
        MuxSession after = pair.open("web");

        then(before.isExtended()).isFalse();
        then(server.opened.get(0).isExtended()).isFalse();
        then(after.isExtended()).isTrue();
        then(server.opened.get(1).isExtended()).isTrue();
    }

    @Test
    void nobody_waits_for_hello() {
        client.mux.hello(MuxEnd.hello(CREDIT));
        MuxSession session = pair.open("web");

        then(session.isExtended()).isFalse();
        then(client.mux.peer()).isNull();
        then(server.mux.peer()).isNotNull();
    }

    @Test
    void a_second_hello_ends_the_tunnel() {
        pair.extended();
        server.receive(MuxEnd.helloFrame());

        then(server.reasons()).containsExactly(Reason.SECOND_HELLO);
        then(server.wire.isOpen()).isFalse();
    }

    @Test
    void hello_is_said_once() {
        client.mux.hello(MuxEnd.hello(CREDIT));
        thenThrownBy(() -> client.mux.hello(MuxEnd.hello(CREDIT)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("hello: said already");
    }

    @Test
    void an_extended_session_without_hello_is_refused_alone() {
        server.mux.hello(MuxEnd.hello(CREDIT));
        server.sent();
        server.receive(
                new MuxFrame.New(7, MuxFrame.EXTENDED, Destination.tcp("web", 80), null, null, Unpooled.EMPTY_BUFFER));

        then(server.sent()).containsExactly("End 7 error");
        then(server.reasons()).containsExactly(Reason.SESSION_REFUSED);
        then(server.wire.isOpen()).isTrue();
    }

    @Test
    void a_side_that_never_offered_it_ignores_the_bit_as_all_others_do() {
        server.receive(
                new MuxFrame.New(7, MuxFrame.EXTENDED, Destination.tcp("web", 80), null, null, Unpooled.EMPTY_BUFFER));

        then(server.last().isExtended()).isFalse();
        then(server.errors).isEmpty();
    }

    // ---- credit ----

    @Test
    void a_reader_that_stops_stops_its_sender_and_nobody_else() {
        pair.extended();
        MuxSession stalled = pair.open("stalled");
        server.last().config().setAutoRead(false);
        MuxSession busy = pair.open("busy");
        Taker taker = Taker.of(server.last());
        stalled.writeAndFlush(Unpooled.wrappedBuffer(new byte[3 * CREDIT]));
        busy.writeAndFlush(Unpooled.wrappedBuffer(new byte[10 * CREDIT]));
        pair.pump();

        then(server.opened.get(0).queuedBytes()).isEqualTo(CREDIT);
        then(taker.bytes.size()).isEqualTo(10 * CREDIT);
        then(server.mux.isBlocked()).isFalse();
        then(server.wire.config().isAutoRead()).isTrue();
        then(stalled.isWritable()).isFalse();

        server.wire.advanceTimeBy(1, TimeUnit.HOURS);
        then(server.errors).as("it may take its time").isEmpty();
        server.opened.get(0).config().setAutoRead(true);
        pair.pump();
        then(Taker.of(server.opened.get(0)).bytes.size()).isEqualTo(3 * CREDIT);
        then(stalled.isWritable()).isTrue();
        then(server.mux.queuedBytes()).isZero();
    }

    @Test
    void no_credit_at_all_lets_a_session_open_and_no_byte_through_before_it_is_granted() {
        server.mux.hello(MuxEnd.hello(0));
        client.mux.hello(MuxEnd.hello(CREDIT));
        pair.pump();
        MuxSession session = client.open("web");
        session.writeAndFlush(bytes("hello"));

        then(client.sent()).containsExactly("New 1 tcp:web:80");
        client.receive(new MuxRecord.Credit(2).frame(1, client.wire.alloc()));
        then(client.sent()).containsExactly("Keep 1 'he'");
        client.receive(new MuxRecord.Credit(0).frame(1, client.wire.alloc()));
        then(client.sent()).isEmpty();
        client.receive(new MuxRecord.Credit(0xffff_ffffL).frame(1, client.wire.alloc()));
        then(client.sent()).containsExactly("Keep 1 'llo'");
    }

    @Test
    void a_first_credit_below_a_window_is_topped_up() {
        pair.extended(0);
        MuxSession session = pair.open("web");
        byte[] all = new byte[5 * ReceiveWindow.MIN_BYTES];
        session.writeAndFlush(Unpooled.wrappedBuffer(all));
        pair.pump();
        then(Taker.of(server.last()).bytes.size()).isEqualTo(all.length);
        server.last().writeAndFlush(Unpooled.wrappedBuffer(all));
        pair.pump();
        then(Taker.of(session).bytes.size()).isEqualTo(all.length);
    }

    @Test
    void who_exceeds_his_credit_loses_that_session_alone() {
        pair.extended();
        MuxSession other = pair.open("other");
        pair.open("web");
        server.last().config().setAutoRead(false);
        server.receive(new MuxFrame.Keep(2, Unpooled.wrappedBuffer(new byte[CREDIT - 1])));
        then(server.errors).isEmpty();
        server.receive(new MuxFrame.Keep(2, Unpooled.wrappedBuffer(new byte[2])));

        then(server.reasons()).containsExactly(Reason.CREDIT_EXCEEDED);
        then(server.last().isOpen()).isFalse();
        then(server.mux.queuedBytes()).isZero();
        other.writeAndFlush(bytes("still here"));
        pair.pump();
        then(Taker.of(server.opened.get(0)).text()).isEqualTo("still here");
    }

    @Test
    void datagrams_need_no_credit() {
        pair.extended();
        Destination dns = Destination.udp("192.0.2.53", 53);
        MuxSession session = client.mux.open(dns);
        for (int i = 0; i < 100; i++) {
            session.writeAndFlush(new Datagram(dns, Unpooled.wrappedBuffer(new byte[2_000])));
            pair.pump();
        }
        then(session.isExtended()).isTrue();
        then(Taker.of(server.last()).datagrams).hasSize(100);
    }

    // ---- half-close and ends ----

    @Test
    void the_opener_may_end_its_output_and_still_get_the_answer() {
        pair.extended();
        MuxSession session = open("web");
        session.writeAndFlush(bytes("request"));
        session.shutdownOutput();
        pair.pump();
        MuxSession accepted = server.last();
        then(theirs.text()).isEqualTo("request");
        then(theirs.events).containsExactly("end");
        then(accepted.isOpen()).isTrue();
        then(session.holdsEndBack()).isFalse();

        accepted.writeAndFlush(bytes("answer"));
        pair.pump();
        then(mine.text()).isEqualTo("answer");
        accepted.shutdownOutput();
        pair.pump();
        then(mine.events).containsExactly("end", "inactive");
        thenNothingIsLeft();
    }

    @Test
    void the_acceptor_may_end_its_output_first() {
        pair.extended();
        MuxSession session = open("web");
        server.last().writeAndFlush(bytes("answer"));
        server.last().shutdownOutput();
        pair.pump();
        then(mine.text()).isEqualTo("answer");
        then(mine.events).containsExactly("end");
        then(session.isOpen()).isTrue();

        session.writeAndFlush(bytes("more"));
        pair.pump();
        then(theirs.text()).isEqualTo("more");
        session.shutdownOutput();
        pair.pump();
        then(theirs.events).containsExactly("end", "inactive");
        thenNothingIsLeft();
    }

    @Test
    void both_may_end_at_once() {
        pair.extended();
        MuxSession session = open("web");
        session.shutdownOutput();
        server.last().shutdownOutput();
        client.wire.runPendingTasks();
        server.wire.runPendingTasks();
        pair.pump();

        then(mine.events).containsExactly("end", "inactive");
        then(theirs.events).containsExactly("end", "inactive");
        thenNothingIsLeft();
    }

    @Test
    void an_end_behind_what_waits_for_credit_waits_too() {
        pair.extended();
        MuxSession session = open("web");
        server.last().config().setAutoRead(false);
        session.writeAndFlush(Unpooled.wrappedBuffer(new byte[2 * CREDIT]));
        session.shutdownOutput();
        pair.pump();
        then(theirs.events).isEmpty();
        server.last().config().setAutoRead(true);
        pair.pump();
        then(theirs.bytes.size()).isEqualTo(2 * CREDIT);
        then(theirs.events).containsExactly("end");
    }

    @Test
    void a_reset_crosses_a_half_close() {
        pair.extended();
        MuxSession session = open("web");
        session.shutdownOutput();
        pair.pump();
        session.reset();
        server.last().writeAndFlush(bytes("nobody reads this"));
        pair.pump();

        then(theirs.events).containsExactly("end", "inactive");
        then(mine.events).containsExactly("inactive");
        thenNothingIsLeft();
    }

    @Test
    void without_half_closure_an_end_closes_as_it_does_with_sockets() {
        pair.extended();
        server.onAccept = accepted -> {
            accepted.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
            accepted.pipeline().addLast(new Taker());
        };
        MuxSession session = open("web");
        session.writeAndFlush(bytes("bye"));
        session.shutdownOutput();
        pair.pump();

        then(theirs.text()).isEqualTo("bye");
        then(server.last().isOpen()).isFalse();
        then(mine.events).containsExactly("end", "inactive");
        thenNothingIsLeft();
    }

    @Test
    void says_why() {
        pair.extended();
        MuxSession session = open("web");
        server.last().reset(EndReason.DIAL_FAILED, "connection refused " + "\u00fc".repeat(300));
        pair.pump();

        then(session.endReason()).isEqualTo(EndReason.DIAL_FAILED);
        then(session.endText()).startsWith("connection refused \\u00fc\\u00fc").hasSizeLessThanOrEqualTo(256);
        then(mine.events).containsExactly("inactive");
    }

    @Test
    void says_nothing_to_others() {
        open("web");
        server.last().reset(EndReason.REFUSED, "why");
        then(server.sent()).containsExactly("End 1 error");
    }

    private void thenNothingIsLeft() {
        then(client.mux.openSessions()).isZero();
        then(server.mux.openSessions()).isZero();
        then(client.errors).isEmpty();
        then(server.errors).isEmpty();
        MuxSession next = open("next");
        next.writeAndFlush(bytes("next"));
        pair.pump();
        then(theirs.text()).isEqualTo("next");
    }

    // ---- ids ----

    @Test
    void an_id_is_free_again_when_the_session_is_over_for_both() {
        pair.extended();
        Set<Integer> ids = new HashSet<>();
        for (int i = 0; i < 100_000; i++) {
            if (i % 10_000 == 0) {
                server.wire.advanceTimeBy(1, TimeUnit.SECONDS); // else they are too many for one second
            }
            MuxSession session = client.open("web");
            session.writeAndFlush(bytes("a"));
            pair.step();
            ids.add(session.sessionId());
            if (i % 3 == 0) {
                session.close();
            } else if (i % 3 == 1) {
                server.last().close();
            } else {
                session.shutdownOutput();
                server.last().shutdownOutput();
            }
            pair.pump();
            server.opened.clear();
            server.ended.clear();
            client.ended.clear();
        }
        then(client.mux.openSessions()).isZero();
        then(server.mux.openSessions()).isZero();
        then(client.mux.canOpen()).isTrue();
        then(ids).hasSizeLessThan(10);
        then(client.errors).isEmpty();
        then(server.errors).isEmpty();
    }

    @Test
    void an_id_is_not_free_before_the_acceptor_has_ended_it() {
        pair.extended();
        MuxSession session = pair.open("web");
        session.close();
        client.wire.runPendingTasks();
        then(client.open("next").sessionId()).isEqualTo(2);
        pair.pump();
        client.open("third");
        then(client.open("fourth").sessionId()).isLessThanOrEqualTo(3);
    }

    /** Its New is none of our own make, but one session must not get the bytes of another for it. */
    @Test
    void an_id_that_is_free_again_is_not_taken_when_the_other_side_has_taken_it_meanwhile() {
        pair.extended();
        MuxSession first = open("first");
        server.last().close();
        pair.pump();
        client.receive(new MuxFrame.New(first.sessionId(), Destination.tcp("theirs", 80), bytes("theirs")));
        MuxSession second = client.open("second");
        client.receive(new MuxFrame.Keep(first.sessionId(), bytes(" and more")));

        then(second.sessionId()).isNotEqualTo(first.sessionId());
        then(Taker.of(second).text()).isEmpty();
        then(Taker.of(client.last()).text()).isEqualTo("theirs and more");
        then(client.mux.openSessions()).isEqualTo(2);
    }

    @Test
    void what_was_under_way_to_an_ended_session_is_no_error_and_gets_no_answer() {
        pair.extended();
        MuxSession session = pair.open("web");
        server.last().close();
        server.wire.runPendingTasks();
        server.receive(
                new MuxFrame.Keep(session.sessionId(), bytes("late")),
                new MuxRecord.Credit(5).frame(session.sessionId(), client.wire.alloc()),
                new MuxRecord.Fin().frame(session.sessionId(), client.wire.alloc()),
                new MuxFrame.End(session.sessionId(), false));

        then(server.sent()).containsExactly("End 1");
        then(server.errors).isEmpty();
    }

    // ---- tunnel ----

    @Test
    void a_ping_measures_the_way() {
        pair.extended();
        client.mux.ping();
        client.wire.runPendingTasks();
        client.wire.advanceTimeBy(7, TimeUnit.MILLISECONDS);
        pair.pump();

        then(client.pongs).endsWith(7_000_000L);
        then(client.mux.roundTripNanos()).isEqualTo(7_000_000L);
    }

    @Test
    void a_foreign_peer_is_measured_by_the_question_that_it_answers() {
        client.mux.ping();
        client.wire.runPendingTasks();
        client.wire.advanceTimeBy(3, TimeUnit.MILLISECONDS);
        pair.pump();
        then(client.pongs).containsExactly(3_000_000L);
    }

    @Test
    void a_pong_that_nobody_asked_for_is_no_measure() {
        pair.extended();
        client.pongs.clear();
        client.receive(new MuxRecord.Pong(42).frame(0, client.wire.alloc()));
        then(client.pongs).isEmpty();
    }

    @Test
    void a_bridge_may_ask_for_no_more_sessions() {
        pair.extended();
        server.mux.drain();
        pair.pump();
        then(client.drains).isEqualTo(1);
    }

    @Test
    void to_a_foreign_peer_nothing_is_said_of_draining() {
        server.mux.drain();
        then(server.sent()).isEmpty();
    }

    @Test
    void a_storm_of_pings_is_answered_ten_times_a_second_and_then_ends_the_tunnel() {
        pair.extended();
        MuxFrame[] pings = new MuxFrame[900];
        java.util.Arrays.setAll(pings, i -> new MuxRecord.Ping(i).frame(0, client.wire.alloc()));
        server.receive(pings);
        then(server.sent()).hasSizeBetween(9, 10);
        then(server.wire.isOpen()).isTrue();
        java.util.Arrays.setAll(pings, i -> new MuxRecord.Ping(i).frame(0, client.wire.alloc()));
        server.receive(pings);
        then(server.reasons()).containsExactly(Reason.FLOOD);
    }
}
