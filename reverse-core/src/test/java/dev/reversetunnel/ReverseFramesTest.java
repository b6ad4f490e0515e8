package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.mux.MuxFrame;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a portal sends into a tunnel that was registered by command, frame by frame; time is moved by the test. */
class ReverseFramesTest {
    private static final InetSocketAddress SOURCE = new InetSocketAddress("192.0.2.7", 40_000);
    private static final InetSocketAddress LOCAL = new InetSocketAddress("2001:db8::1", 443);
    private static final Destination WEB = Destination.tcp("web", 80);

    private final RegisteredPortal portal = new RegisteredPortal();
    private final MuxWire bridge = portal.bridge;

    @AfterEach
    void end() {
        portal.close();
    }

    private List<String> sentOf(String kind) {
        return bridge.sent().stream().filter(frame -> frame.startsWith(kind)).toList();
    }

    // ---- control ----

    @Test
    void speaks_first_by_the_name_that_every_such_bridge_knows() {
        List<MuxFrame> frames = bridge.frames();
        then(frames).extracting(MuxFrame::sessionId).containsExactly(1, 0); // and who we are
        MuxFrame.New first = (MuxFrame.New) frames.get(0);
        then(first.destination()).isEqualTo(Destination.udp("reverse", 0));
        then(first.visitor()).isNull();
        then(ControlMessage.decode(first.payload())).isEqualTo(ControlMessage.ACTIVE);
        frames.forEach(MuxFrame::release);
    }

    @Test
    void beats_every_two_seconds() {
        bridge.sent();
        bridge.pass(10);
        then(sentOf("Keep[1,")).hasSize(5);
    }

    @Test
    void tries_no_other_name_when_nothing_is_heard() {
        then(sentOf("New")).hasSize(1);
        bridge.pass(50);
        then(sentOf("New")).isEmpty();
    }

    @Test
    void tries_no_other_name_when_that_one_is_ended() {
        bridge.sent();
        bridge.receive("0004 0001 03 02");
        bridge.pass(50);
        then(bridge.sent()).isNotEmpty().allMatch(frame -> frame.startsWith("End[1") || frame.startsWith("Keep[65535"));
        then(bridge.isOpen()).isTrue();
    }

    // ---- visitors ----

    private MuxFrame.@Nullable Visitor visitorOf(
            Destination wanted, @Nullable InetSocketAddress source, @Nullable InetSocketAddress local) {
        bridge.sent();
        portal.visit(wanted, source, local);
        MuxFrame.New open = (MuxFrame.New) bridge.frames().get(0);
        then(open.destination()).isEqualTo(wanted);
        return open.visitor();
    }

    @Test
    void says_who_asks_and_where_he_came_in() {
        then(visitorOf(WEB, SOURCE, LOCAL))
                .isEqualTo(new MuxFrame.Visitor(
                        Destination.tcp("192.0.2.7", 40_000), Destination.tcp("2001:db8::1", 443)));
        then(visitorOf(Destination.udp("192.0.2.53", 53), SOURCE, LOCAL))
                .isEqualTo(new MuxFrame.Visitor(
                        Destination.udp("192.0.2.7", 40_000), Destination.udp("2001:db8::1", 443)));
    }

    @Test
    void says_what_it_knows_of_a_visitor() {
        then(visitorOf(WEB, null, null)).isNull();
        then(visitorOf(WEB, null, LOCAL)).isNull(); // the local address stands behind the source
        then(visitorOf(WEB, SOURCE, null)).isEqualTo(new MuxFrame.Visitor(Destination.tcp("192.0.2.7", 40_000), null));
    }

    @Test
    void a_name_is_no_address_of_a_visitor() {
        InetSocketAddress name = InetSocketAddress.createUnresolved("n".repeat(255), 1);
        then(visitorOf(WEB, name, name)).isNull();
        then(visitorOf(WEB, InetSocketAddress.createUnresolved("a b", 1), LOCAL))
                .isNull();
        then(visitorOf(WEB, SOURCE, name)).isEqualTo(new MuxFrame.Visitor(Destination.tcp("192.0.2.7", 40_000), null));
        then(bridge.isOpen()).isTrue();
    }

    // ---- drain ----

    private List<Channel> visitors(int count) {
        List<Channel> visitors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            visitors.add(portal.visit(WEB, SOURCE, LOCAL));
        }
        return visitors;
    }

    @Test
    void a_bridge_that_has_not_greeted_is_told_to_drain_behind_256_sessions() {
        bridge.sent();
        List<Channel> visitors = visitors(255); // and the control session
        then(sentOf("New")).hasSize(255);
        then(portal.heard.of("draining")).isEmpty();

        visitors.addAll(visitors(1));
        List<MuxFrame> frames = bridge.frames();
        MuxFrame told = frames.stream()
                .filter(frame -> frame instanceof MuxFrame.Keep && frame.sessionId() == 1)
                .findFirst()
                .orElseThrow();
        then(ControlMessage.decode(told.payload())).isEqualTo(ControlMessage.DRAIN);
        then(frames).extracting(MuxFrame::toString).contains("End[1]");
        frames.forEach(MuxFrame::release);
        then(portal.heard.of("draining")).containsExactly("draining 1");

        // WHEN its last visitor has gone
        visitors.forEach(Channel::close);
        bridge.runPendingTasks();
        then(bridge.isOpen()).isTrue();
        bridge.pass(1);
        // THEN
        then(bridge.isOpen()).isFalse();
        then(portal.heard.of("down")).containsExactly("down 1: drained");
    }

    @Test
    void a_bridge_that_has_greeted_goes_on() {
        bridge.receive(
                "0004 0000 04 01 0028 52545831 00010000 00000000" // HELLO: credit, flags,
                        + "0123456789abcdef0123456789abcdef 0000000000000001 0000 0000"); // node, start, tunnels, name
        visitors(1_000);
        bridge.sent();
        then(portal.heard.of("draining")).isEmpty();
    }
}
