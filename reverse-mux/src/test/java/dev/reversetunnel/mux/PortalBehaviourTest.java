package dev.reversetunnel.mux;

import static dev.reversetunnel.mux.MuxEnd.bytes;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The recorded behaviour of V2Ray and Xray portals, replayed against ours: session 2 is a user's. */
@ExtendWith(BufferLeakExtension.class)
class PortalBehaviourTest {
    private static final PeerBehaviour PEERS = new PeerBehaviour("portal-behaviour.json");
    private static final String HELLO = "NEW(2,opt=1)[5:b'hello']";

    private final MuxEnd portal = new MuxEnd(MuxRole.CLIENT, MuxOptions.DEFAULT);
    private final MuxSession user;
    private final Taker taker = new Taker();

    PortalBehaviourTest() {
        portal.accepts = false;
        portal.open("control");
        portal.sent();
        user = portal.open("127.0.0.1", taker);
        user.writeAndFlush(bytes("hello"));
        portal.wire.runPendingTasks();
    }

    @AfterEach
    void close() {
        portal.close();
    }

    private static MuxFrame keep(String data) {
        return new MuxFrame.Keep(2, bytes(data));
    }

    private void thenAsTheyDo(String name) {
        List<String> ours = PeerBehaviour.recorded(portal.sent());
        then(PEERS.results(name))
                .anySatisfy(result -> then(PeerBehaviour.frames(result, "frames_sent_to_the_bridge"))
                        .isEqualTo(ours));
        then(PEERS.results(name)).allMatch(result -> PeerBehaviour.staysOpen(result) == portal.wire.isOpen());
    }

    private void thenOtherwise(String name, String... frames) {
        List<String> ours = PeerBehaviour.recorded(portal.sent());
        then(ours).containsExactly(frames);
        then(PEERS.results(name))
                .allSatisfy(result -> then(PeerBehaviour.frames(result, "frames_sent_to_the_bridge"))
                        .isNotEqualTo(ours))
                .allMatch(result -> PeerBehaviour.staysOpen(result) == portal.wire.isOpen());
    }

    @Test
    void echo() {
        portal.receive(keep("HELLO"));
        then(taker.text()).isEqualTo("HELLO");
        user.close();
        thenAsTheyDo("echo");
    }

    @Test
    void data_of_all_sizes_and_options_reaches_the_user() {
        portal.receive(new MuxFrame.Keep(2, Unpooled.wrappedBuffer(new byte[65_535])));
        portal.receive(new MuxFrame.Keep(2, MuxFrame.DATA | MuxFrame.ERROR, null, bytes("x")));
        then(taker.bytes.size()).isEqualTo(65_536);
        user.close();
        thenAsTheyDo("keep-65535");
    }

    /** Theirs answers with Error; ours says how the other End was. */
    @Test
    void end_after_data_gives_the_user_all_of_it_and_a_clean_end() {
        portal.receive(keep("HELLO"), new MuxFrame.End(2, false));
        then(taker.text()).isEqualTo("HELLO");
        then(taker.events).containsExactly("end", "inactive");
        thenOtherwise("end-after-data", HELLO, "END(2,opt=0)");
    }

    /**
     * V2Ray throws the data away, and all of them show the user a clean end: an unclean one is never shown as clean.
     */
    @Test
    void end_with_error_after_data_gives_the_user_all_of_it_and_a_reset() {
        portal.receive(keep("HELLO"), new MuxFrame.End(2, true));
        then(taker.text()).isEqualTo("HELLO");
        then(taker.events).containsExactly("inactive");
        thenAsTheyDo("end-error-after-data");
    }

    @Test
    void a_user_who_resets() {
        portal.sent();
        user.reset();
        then(PeerBehaviour.recorded(portal.sent())).containsExactly("END(2,opt=2)");
        then(PeerBehaviour.frames(PEERS.results("user-rst").get(0), "frames_sent_to_the_bridge"))
                .containsExactly(HELLO, "END(2,opt=2)");
    }

    /** Theirs end the session, and the user gets nothing. */
    @Test
    void a_user_who_has_sent_everything_still_gets_the_answer() {
        user.shutdownOutput();
        portal.receive(keep("REPLY"));
        then(taker.text()).isEqualTo("REPLY");
        thenOtherwise("user-half-close", HELLO);
    }

    /** Theirs answer each frame. */
    @Test
    void frames_for_a_user_who_has_gone_are_answered_once() {
        user.close();
        portal.receive(keep("a"), keep("b"), keep("c"));
        thenOtherwise("bridge-data-after-user-close", HELLO, "END(2,opt=0)", "END(2,opt=0)");
    }

    /** V2Ray goes on for a second, with Keep for a session that the bridge has dropped. */
    @Test
    void nothing_is_sent_behind_the_bridges_end() {
        portal.receive(new MuxFrame.End(2, false));
        user.writeAndFlush(bytes("LATE-1"));
        thenOtherwise("user-data-after-bridge-end", HELLO, "END(2,opt=0)");
    }

    @Test
    void nothing_is_sent_behind_the_bridges_end_with_error() {
        portal.receive(new MuxFrame.End(2, true));
        user.writeAndFlush(bytes("LATE-1"));
        thenAsTheyDo("user-data-after-bridge-end-error");
    }

    /** The bridge never saw the session: there is nothing to end. */
    @Test
    void a_user_who_closes_before_sending_leaves_no_frame() {
        portal.sent();
        portal.open("127.0.0.1").close();
        thenOtherwise("user-closes-before-sending");
    }

    /** Theirs show a clean end here, in the middle of an answer. */
    @ParameterizedTest
    @CsvSource({"mux-connection-reset, false", "mux-connection-fin, true"})
    void a_lost_tunnel_resets_the_user(String name, boolean fin) {
        portal.receive(keep("PART"));
        if (fin) {
            portal.wire.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        } else {
            portal.wire.close();
        }
        portal.wire.runPendingTasks();

        then(PEERS.results(name))
                .allMatch(result -> result.get("user").getAsString().equals("(b'PART', 'EOF')"));
        then(taker.text()).isEqualTo("PART");
        then(taker.events).containsExactly("inactive");
        then(portal.wire.isOpen()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "keep-unknown-id, 0004 004d 02 01 0001 78",
        "keep-unknown-id-nodata, 0004 004d 02 00",
        "end-unknown-id, 0004 004d 03 00",
        "keepalive, 0004 0000 04 00 0004 0005 04 01 0001 78",
        "status-5, 0004 0002 05 00",
        "meta-513, 0201 0002 02 00",
        "meta-3, 0003 0002 02",
    })
    void strange_frames_have_the_same_consequences(String name, String wire) {
        portal.sent();
        portal.receive(Hex.buffer(wire));
        thenAsTheyDoOrClose(name);
    }

    private void thenAsTheyDoOrClose(String name) {
        List<String> ours = PeerBehaviour.recorded(portal.sent());
        then(PEERS.results(name)).anySatisfy(result -> {
            then(PeerBehaviour.frames(result, "frames_sent_to_the_bridge")).isEqualTo(ours);
            then(PeerBehaviour.staysOpen(result)).isEqualTo(portal.wire.isOpen());
        });
    }

    /** Theirs discard it silently; both answer what follows. */
    @Test
    void a_session_that_the_bridge_opens_is_refused() {
        portal.sent();
        portal.receive(new MuxFrame.New(500, Destination.tcp("127.0.0.1", 80), bytes("x")));
        portal.receive(new MuxFrame.Keep(500, bytes("x")));
        thenOtherwise("new-from-bridge", "END(500,opt=2)", "END(500,opt=0)");
        then(taker.events).isEmpty();
    }

    @Test
    void datagrams_both_ways() {
        portal.sent();
        MuxSession session = portal.mux.open(Destination.udp("127.0.0.1", 53));
        Taker datagrams = new Taker();
        session.pipeline().addLast(datagrams);
        session.config().setAutoRead(true);
        session.writeAndFlush(new Datagram(session.destination(), bytes("d0")));
        session.writeAndFlush(new Datagram(session.destination(), bytes("d1")));
        portal.receive(new MuxFrame.Keep(3, bytes("r1")), new MuxFrame.Keep(3, bytes("r2")));

        then(PeerBehaviour.recorded(portal.sent()).stream().map(frame -> frame.replace("(3,", "(2,")))
                .isEqualTo(PeerBehaviour.frames(PEERS.results("udp-two").get(0), "frames_sent_to_the_bridge"));
        then(datagrams.datagrams).containsExactly("udp:127.0.0.1:53 r1", "udp:127.0.0.1:53 r2");
    }
}
