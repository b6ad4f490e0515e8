package dev.reversetunnel.mux;

import static dev.reversetunnel.mux.MuxEnd.bytes;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.mux.MuxException.Reason;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.Unpooled;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a peer may do, what it may not, and what that costs: a session, or the tunnel. */
@ExtendWith(BufferLeakExtension.class)
class MuxPeerRulesTest {
    private static final Destination WEB = Destination.tcp("web", 80);

    private final MuxEnd client = MuxEnd.client();
    private final MuxEnd server = MuxEnd.server();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void new_for_an_open_id_ends_both_and_the_tunnel_lives() {
        server.receive(new MuxFrame.New(1, WEB), new MuxFrame.New(2, WEB, bytes("first")));
        server.receive(new MuxFrame.New(2, WEB, bytes("second")), new MuxFrame.Keep(1, bytes("alive")));

        then(server.reasons()).containsExactly(Reason.SESSION_EXISTS);
        then(server.errors.get(0).reason().scope()).isEqualTo(MuxException.Scope.SESSION);
        then(server.sent()).containsExactly("End 2 error");
        then(server.opened).hasSize(2);
        then(server.opened.get(1).isOpen()).isFalse();
        then(Taker.of(server.opened.get(0)).text()).isEqualTo("alive");
    }

    @Test
    void new_at_a_side_that_accepts_none_is_refused_and_the_tunnel_lives() {
        client.accepts = false;
        client.receive(new MuxFrame.New(500, WEB, bytes("data")));
        then(client.sent()).containsExactly("End 500 error");
        then(client.opened).isEmpty();
        then(client.wire.isOpen()).isTrue();

        client.receive(new MuxFrame.Keep(500, bytes("more")), new MuxFrame.Keep(500, bytes("more")));
        then(client.sent()).containsExactly("End 500");
    }

    @Test
    void a_listener_accepts_no_session_by_default() {
        var wire = new Wire();
        MuxConnection.install(wire, MuxRole.CLIENT, MuxOptions.DEFAULT, new MuxListener() {});
        wire.writeInbound(dev.reversetunnel.testkit.Hex.buffer("000c 0001 01 00 01 0050 01 7f000001"));

        then(wire.outboundMessages()).isNotEmpty();
        wire.finishAndReleaseAll();
    }

    @Test
    void more_sessions_than_allowed_are_refused_and_not_opened() {
        var small = new MuxEnd(MuxRole.SERVER, MuxOptions.DEFAULT.maxSessions(2));
        small.receive(new MuxFrame.New(1, WEB), new MuxFrame.New(2, WEB), new MuxFrame.New(3, WEB, bytes("x")));

        then(small.sent()).containsExactly("End 3 error");
        then(small.reasons()).containsExactly(Reason.SESSION_REFUSED);
        thenThrownBy(() -> small.mux.open(WEB))
                .isInstanceOf(MuxException.class)
                .hasMessage("open sessions: 2, ids left: 32767 (expected: fewer than 2, and at least one)");

        small.opened.get(0).close();
        small.receive(new MuxFrame.New(4, WEB));
        then(small.opened).hasSize(3);
        small.close();
    }

    @Test
    void sessions_that_are_ended_and_never_read_count_as_open() {
        var small = new MuxEnd(MuxRole.SERVER, MuxOptions.DEFAULT.maxSessions(2));
        small.onOpen = session -> {};
        for (int id = 1; id <= 3; id++) {
            small.receive(new MuxFrame.New(id, WEB, bytes("x")), new MuxFrame.End(id, false));
        }
        then(small.sent()).containsExactly("End 1", "End 2", "End 3 error");

        small.opened.forEach(session -> session.config().setAutoRead(true));
        small.wire.runPendingTasks();
        small.receive(new MuxFrame.New(4, WEB), new MuxFrame.New(5, WEB));
        then(small.opened).hasSize(4);
        small.close();
    }

    @Test
    void the_data_that_was_under_way_for_a_refused_session_is_no_flood() {
        server.accepts = false;
        server.receive(new MuxFrame.New(1, WEB, bytes("x")));
        MuxFrame[] upload = new MuxFrame[UnknownIds.MAX_IDLE_FRAMES + 1];
        for (int i = 0; i < upload.length; i++) {
            upload[i] = new MuxFrame.Keep(1, bytes("x"));
        }
        server.receive(upload);

        then(server.errors).isEmpty();
        then(server.sent()).containsExactly("End 1 error", "End 1");
    }

    @Test
    void ids_are_never_used_twice() {
        for (int id = 1; id <= 1_000; id++) {
            MuxSession session = client.open("web");
            then(session.sessionId()).isEqualTo(id);
            client.wire.runPendingTasks();
            session.close();
        }
        then(client.mux.openSessions()).isZero();
        then(client.mux.openedSessions()).isEqualTo(1_000);
    }

    @Test
    void a_side_that_has_used_all_its_ids_opens_no_more() {
        for (int id = 1; id <= 32_767; id++) {
            client.mux.open(WEB).close();
        }
        then(client.mux.canOpen()).isFalse();
        thenThrownBy(() -> client.mux.open(WEB))
                .isInstanceOfSatisfying(
                        MuxException.class, e -> then(e.reason()).isEqualTo(Reason.SESSION_REFUSED))
                .hasMessageContaining("ids left: 0");
    }

    @Test
    void an_id_that_the_other_side_has_taken_is_left_out() {
        server.receive(new MuxFrame.New(0x8000, WEB), new MuxFrame.New(0x8001, WEB));
        server.last().close();

        then(server.mux.open(WEB).sessionId()).isEqualTo(0x8002);
        then(server.opened.get(0).isOpen()).isTrue();
    }

    @Test
    void an_unknown_session_is_ended_once() {
        MuxFrame[] frames = new MuxFrame[100];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = new MuxFrame.Keep(i % 2 == 0 ? 77 : 78, bytes("x"));
        }
        server.receive(frames);

        then(server.sent()).containsExactly("End 77", "End 78");
    }

    @Test
    void the_ping_is_answered_up_to_ten_times_a_second() {
        for (int i = 0; i < 100; i++) {
            client.mux.ping();
        }
        client.wire.runPendingTasks();
        for (io.netty.buffer.ByteBuf b = client.wire.readOutbound(); b != null; b = client.wire.readOutbound()) {
            server.receive(b);
        }
        then(server.sent()).isEqualTo(Collections.nCopies(10, "End 65535"));
        then(server.errors).isEmpty();

        MuxFrame[] pongs = new MuxFrame[2_000];
        java.util.Arrays.setAll(pongs, i -> new MuxFrame.End(MuxFrame.MAX_SESSION_ID, false));
        client.receive(pongs);
        then(client.errors).isEmpty();
    }

    @Test
    void what_is_no_hello_is_ignored() {
        server.receive(
                new MuxFrame.KeepAlive(0, 0, Unpooled.EMPTY_BUFFER),
                new MuxFrame.KeepAlive(1, MuxFrame.DATA, bytes("RTX0")),
                new MuxFrame.KeepAlive(0, MuxFrame.DATA, bytes("RTX0 and forty bytes more, for a whole HELLO")),
                new MuxFrame.KeepAlive(0, MuxFrame.DATA, bytes("RTX1 and no more")));

        then(server.greeted).isZero();
        then(server.mux.isOwnPeer()).isFalse();
        then(server.sent()).isEmpty();
        then(server.errors).isEmpty();
    }

    @Test
    void a_thousand_frames_without_progress_are_borne_and_one_more_closes_the_tunnel() {
        MuxFrame keepAlive = new MuxFrame.KeepAlive(5, 0, Unpooled.EMPTY_BUFFER);
        server.receive(
                Collections.nCopies(UnknownIds.MAX_IDLE_FRAMES, keepAlive).toArray(MuxFrame[]::new));
        then(server.wire.isOpen()).isTrue();

        server.receive(Collections.nCopies(500, keepAlive).toArray(MuxFrame[]::new));
        then(server.reasons()).containsExactly(Reason.FLOOD);
        then(server.wire.isOpen()).isFalse();
        then(server.closed).isEqualTo(1);
    }

    @Test
    void empty_keeps_of_an_open_session_are_a_flood() {
        server.receive(new MuxFrame.New(1, WEB));
        flood(new MuxFrame.Keep(1, 0, null, Unpooled.EMPTY_BUFFER));
        then(server.reasons()).containsExactly(Reason.FLOOD);
    }

    @Test
    void keeps_of_a_session_that_was_never_opened_are_a_flood() {
        flood(new MuxFrame.Keep(9, MuxFrame.DATA, null, Unpooled.EMPTY_BUFFER));
        then(server.reasons()).containsExactly(Reason.FLOOD);
    }

    @Test
    void ends_of_a_session_that_was_never_opened_are_a_flood() {
        flood(new MuxFrame.End(9, false));
        then(server.reasons()).containsExactly(Reason.FLOOD);
    }

    @Test
    void late_frames_of_a_session_that_was_opened_are_none() {
        server.receive(new MuxFrame.New(9, WEB), new MuxFrame.End(9, false));
        flood(new MuxFrame.End(9, false));
        flood(new MuxFrame.Keep(9, MuxFrame.DATA, null, Unpooled.EMPTY_BUFFER));
        then(server.errors).isEmpty();

        client.open("web").close();
        MuxFrame[] ends = new MuxFrame[2_000];
        java.util.Arrays.setAll(ends, i -> new MuxFrame.End(1, false));
        client.receive(ends);
        then(client.errors).isEmpty();
    }

    private void flood(MuxFrame frame) {
        server.receive(
                Collections.nCopies(UnknownIds.MAX_IDLE_FRAMES + 100, frame).toArray(MuxFrame[]::new));
    }

    @Test
    void nothing_is_done_for_a_peer_whose_tunnel_has_failed() {
        server.receive(new MuxFrame.New(1, WEB));
        MuxFrame[] frames = new MuxFrame[UnknownIds.MAX_IDLE_FRAMES + 2];
        java.util.Arrays.setAll(frames, i -> new MuxFrame.End(9, false));
        frames[frames.length - 1] = new MuxFrame.New(2, WEB, bytes("too late"));
        server.receive(frames);

        then(server.opened).hasSize(1);
    }

    @Test
    void answers_are_bounded_when_the_peer_does_not_read_them() {
        server.wire.stick();
        server.onOpen = session -> {};
        for (int burst = 0; burst < 12 && server.wire.isOpen(); burst++) {
            MuxFrame[] frames = new MuxFrame[2_000];
            java.util.Arrays.setAll(frames, i -> i % 2 == 0 ? new MuxFrame.New(1 + i, WEB) : new MuxFrame.End(i, true));
            server.receive(frames);
        }

        then(server.reasons()).containsExactly(Reason.FLOOD);
        then(server.errors.get(0)).hasMessageContaining("does not read");
        then(server.wire.isOpen()).isFalse();
    }

    @Test
    void a_session_that_the_listener_refuses_later_is_bounded_as_well() {
        server.wire.stick();
        server.onOpen = MuxSession::reset;
        for (int id = 1; id < 60_000 && server.wire.isOpen(); id++) {
            server.receive(new MuxFrame.New(id, WEB));
        }

        then(server.reasons()).containsExactly(Reason.FLOOD);
    }

    @Test
    void a_listener_that_throws_ends_that_session_alone() {
        server.receive(new MuxFrame.New(1, WEB));
        server.onAccept = session -> {
            throw new IllegalStateException("accept");
        };
        then(server.wire
                        .writeOneInbound(wire(new MuxFrame.New(2, WEB, bytes("x"))))
                        .cause())
                .hasMessage("accept");
        server.onAccept = session -> {};
        server.onOpen = session -> {
            throw new IllegalStateException("open");
        };
        then(server.wire
                        .writeOneInbound(wire(new MuxFrame.New(3, WEB, bytes("x"))))
                        .cause())
                .hasMessage("open");

        then(server.sent()).containsExactly("End 2 error", "End 3 error");
        then(server.wire.isOpen()).isTrue();
        then(server.opened.get(0).isOpen()).isTrue();
        then(server.opened.get(1).isOpen()).isFalse();
    }

    private static io.netty.buffer.ByteBuf wire(MuxFrame frame) {
        return dev.reversetunnel.testkit.Hex.buffer(Frames.encode(frame));
    }
}
