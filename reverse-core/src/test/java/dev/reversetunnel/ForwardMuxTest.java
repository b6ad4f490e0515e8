package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A user's connection inside which he opens sessions; time is moved by the test. */
class ForwardMuxTest implements RequestHandler {
    private static final InetSocketAddress SOURCE = new InetSocketAddress("192.0.2.7", 40_000);
    private static final InetSocketAddress LOCAL = new InetSocketAddress("198.51.100.1", 443);
    private static final Grant GRANT = Grant.REGISTER;
    private static final Request MUX =
            new Request(Command.MUX, Destination.tcp("v1.mux.cool", 0), "in", "alice", GRANT, SOURCE, LOCAL);

    /** New 1 tcp web:80, and so on. */
    private static final String NEW_1 = "000c 0001 01 00 01 0050 02 03 776562";

    private static final String NEW_2 = "000c 0002 01 00 01 0050 02 03 776562";
    private static final String KEEP_1 = "0004 0001 02 01 0002 6869";
    private static final String END_1 = "0004 0001 03 00";

    private final MuxWire carrier = new MuxWire(MuxDialect.COOL);
    private final List<Request> asked = new ArrayList<>();
    private final List<Channel> sessions = new ArrayList<>();
    private final LimitCounts limits = new LimitCounts((limit, detail) -> {});

    ForwardMuxTest() {
        ForwardMux.accept(MUX, carrier, MuxOptions.DEFAULT, this, new DatagramCounts(), limits);
    }

    @AfterEach
    void end() {
        carrier.end();
    }

    @Override
    public void handle(Request request, Channel session) {
        asked.add(request);
        sessions.add(session);
        if (request.destination().host().equals("bad")) {
            throw new IllegalStateException("a handler's mistake");
        }
    }

    @Test
    void each_session_is_a_request_of_the_same_user() {
        carrier.receive(NEW_1 + "0014 0002 01 01 02 0035 01 c0000235 0000000000000000 0004 70696e67");
        then(asked)
                .containsExactly(
                        new Request(Destination.tcp("web", 80), "in", "alice", GRANT, SOURCE, LOCAL),
                        new Request(Destination.udp("192.0.2.53", 53), "in", "alice", GRANT, SOURCE, LOCAL));
        then(asked).extracting(Request::command).containsOnly(Command.CONNECT);
    }

    @Test
    void is_closed_when_there_was_no_session_at_two_looks_in_a_row() {
        carrier.pass(119);
        then(carrier.isOpen()).isTrue();
        carrier.pass(1);
        then(carrier.isOpen()).isFalse();
    }

    @Test
    void a_session_between_two_looks_shows_that_it_is_in_use() {
        carrier.pass(90);
        carrier.receive(NEW_1 + END_1);
        carrier.pass(60); // the look at 120
        then(carrier.isOpen()).isTrue();
        carrier.pass(29);
        then(carrier.isOpen()).isTrue();
        carrier.pass(1); // that at 180
        then(carrier.isOpen()).isFalse();
    }

    @Test
    void an_open_session_keeps_it_for_as_long_as_it_wants() {
        carrier.receive(NEW_1);
        carrier.pass(600);
        then(carrier.isOpen()).isTrue();

        carrier.receive(END_1);
        carrier.pass(119);
        then(carrier.isOpen()).isTrue();
        carrier.pass(1);
        then(carrier.isOpen()).isFalse();
    }

    @Test
    void looks_no_more_when_it_is_closed() {
        carrier.receive(NEW_1);
        carrier.close();
        carrier.runPendingTasks();
        then(sessions).allMatch(session -> !session.isOpen());
        then(carrier.runScheduledPendingTasks()).isEqualTo(-1); // nothing is scheduled
    }

    @Test
    void a_connection_that_is_gone_already_is_none() {
        MuxWire gone = new MuxWire(MuxDialect.COOL);
        gone.close();
        ForwardMux.accept(MUX, gone, MuxOptions.DEFAULT, this, new DatagramCounts(), limits);
        then(gone.pipeline().toMap()).isEmpty();
        gone.end();
    }

    @Test
    void a_session_that_cannot_be_handled_does_not_end_the_others() {
        String bad = "000c 0002 01 00 01 0050 02 03 626164";
        thenThrownBy(() -> carrier.receive(NEW_1 + bad + KEEP_1)) // told to the owner's log
                .hasMessage("a handler's mistake");
        then(carrier.sent()).containsExactly("End[2 error]");
        then(sessions.get(0).isOpen()).isTrue();
        then(sessions.get(1).isOpen()).isFalse();
        then(carrier.isOpen()).isTrue();
    }

    @Test
    void a_session_that_is_opened_twice_is_ended_alone() {
        carrier.receive(NEW_1 + NEW_2 + NEW_1);
        then(carrier.sent()).containsExactly("End[1 error]");
        then(sessions).extracting(Channel::isOpen).containsExactly(false, true);
        then(carrier.isOpen()).isTrue();
    }

    @Test
    void what_is_no_frame_ends_the_connection() {
        carrier.receive(NEW_1 + "0003 0002 01");
        then(carrier.isOpen()).isFalse();
        then(sessions.get(0).isOpen()).isFalse();
    }

    @Test
    void sessions_are_limited() {
        MuxWire small = new MuxWire(MuxDialect.COOL);
        ForwardMux.accept(MUX, small, MuxOptions.DEFAULT.maxSessions(1), this, new DatagramCounts(), limits);
        small.receive(NEW_1 + NEW_2);
        then(small.sent()).containsExactly("End[2 error]");
        then(limits.snapshot()).containsOnly(Map.entry(Limit.SESSIONS_PER_TUNNEL, 1L));
        then(asked).hasSize(1);
        then(small.isOpen()).isTrue();
        small.end();
    }
}
