package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A portal asks a bridge that is not ours, which is the test, for a second tunnel. */
class SpareRequestTest {
    private static final Destination WEB = Destination.tcp("web", 80);
    private static final String NOWHERE = "New[%d udp:reverse:0]";

    private final RegisteredPortal portal = new RegisteredPortal(1);
    private final MuxWire bridge = portal.bridge;

    @AfterEach
    void end() {
        portal.close();
    }

    /** Seconds pass, in which the bridge answers all pings. */
    private static List<String> pass(MuxWire wire, int seconds) {
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < seconds; i++) {
            wire.pass(1);
            wire.receive("0004 ffff 03 00");
            sent.addAll(wire.sent());
        }
        return sent;
    }

    private static List<String> openings(List<String> sent) {
        return sent.stream().filter(frame -> frame.startsWith("New[")).toList();
    }

    private static List<String> ends(List<String> sent) {
        return sent.stream().filter(frame -> frame.startsWith("End[")).toList();
    }

    private static List<String> nowhere(int first, int last) {
        List<String> openings = new ArrayList<>();
        for (int id = first; id <= last; id++) {
            openings.add(NOWHERE.formatted(id));
        }
        return openings;
    }

    @Test
    void sixteen_sessions_lead_nowhere_until_the_second_tunnel_is_there() {
        then(openings(bridge.sent())).hasSize(1); // the control session

        then(openings(pass(bridge, 2))).isEqualTo(nowhere(2, 17));
        then(pass(bridge, 4)).noneMatch(frame -> frame.startsWith("New") || frame.startsWith("End"));
        then(tunnel(bridge).visitors()).isZero();

        MuxWire second = portal.another();
        then(ends(pass(bridge, 2))).hasSize(16);
        then(openings(pass(bridge, 20))).isEmpty();
        then(openings(pass(second, 20))).hasSize(1);
        then(portal.heard.events).containsExactly("up 1", "up 2");
    }

    @Test
    void sessions_of_visitors_count() {
        bridge.sent();
        portal.visit(WEB, null, null);
        portal.visit(WEB, null, null);

        then(openings(pass(bridge, 2))).hasSize(2 + 14);
    }

    @Test
    void a_tunnel_that_does_not_answer_is_no_spare_and_its_sessions_count() {
        MuxWire second = portal.another();
        pass(second, 2);
        bridge.pass(8); // unanswered
        then(portal.heard.of("suspect")).hasSize(1);

        then(openings(pass(second, 2))).hasSize(34 - 2);
    }

    @Test
    void more_are_opened_where_the_bridge_may_count_tunnels_that_it_has_lost_and_at_last_none() {
        then(openings(pass(bridge, 9))).hasSize(1 + 16);
        then(openings(pass(bridge, 8))).hasSize(17);
        then(openings(pass(bridge, 8))).hasSize(17);
        then(openings(pass(bridge, 8))).hasSize(17);
        then(ends(pass(bridge, 8))).hasSize(16 + 3 * 17);
        then(openings(pass(bridge, 60))).isEmpty();
        then(openings(pass(bridge, 24))).hasSize(16); // later, once more
    }

    @Test
    void a_bridge_that_ends_them_is_not_asked_again() {
        pass(bridge, 2);
        bridge.receive("0004 0005 03 00");

        then(ends(pass(bridge, 2))).hasSize(16); // its own is answered
        then(openings(pass(bridge, 200))).isEmpty();
        then(tunnel(bridge).visitors()).isZero();
    }

    @Test
    void they_end_when_the_bridge_turns_out_to_be_ours() {
        pass(bridge, 2);
        bridge.receive(MuxWire.HELLO);

        then(ends(pass(bridge, 2))).hasSize(16);
    }

    @Test
    void they_do_not_wear_the_tunnel_out() {
        pass(bridge, 10);
        portal.another();
        pass(bridge, 2);
        for (int i = 0; i < PortalTunnel.FOREIGN_OPENINGS - 1; i++) {
            tunnel(bridge).open(request(), 0).close();
        }
        then(portal.heard.of("draining")).isEmpty();

        tunnel(bridge).open(request(), 0).close();
        then(portal.heard.of("draining")).hasSize(1);
    }

    @Test
    void a_visitor_still_gets_the_tunnel_that_asks() {
        pass(bridge, 2);

        Channel session = portal.visit(WEB, null, null);
        then(session.isOpen()).isTrue();
        then(openings(bridge.sent())).isEqualTo(Collections.singletonList("New[18 tcp:web:80]"));
    }

    @Test
    void each_bridge_is_asked_for_its_own() {
        MuxWire other = portal.another("bob");
        then(openings(pass(bridge, 2))).hasSize(1 + 16);
        then(openings(pass(other, 2))).hasSize(1 + 16);

        portal.another("bob");
        then(ends(pass(bridge, 2))).isEmpty();
        then(ends(pass(other, 2))).hasSize(16);
    }

    @Test
    void a_bridge_of_ours_beside_it_is_no_spare() {
        MuxWire ours = portal.another();
        ours.receive(MuxWire.HELLO);

        then(openings(pass(bridge, 2))).hasSize(1 + 16);
        then(openings(pass(ours, 2))).hasSize(1);
    }

    @Test
    void a_tunnel_that_is_lost_leaves_room_for_another() {
        MuxWire second = portal.another();
        then(openings(pass(bridge, 2))).hasSize(1);

        second.close();
        then(openings(pass(bridge, 2))).hasSize(16);
    }

    @Test
    void a_bridge_that_has_eight_is_not_asked_whatever_becomes_of_them() {
        for (int tunnels = 2; tunnels <= 7; tunnels++) {
            pass(portal.another(), 2);
        }
        bridge.pass(8); // unanswered
        MuxWire asking = wires().get(1);
        bridge.sent();
        asking.sent();
        for (MuxWire wire : wires().subList(2, 7)) {
            wire.pass(8);
        }
        then(openings(pass(asking, 2))).hasSize(7 * 17 - 7);

        portal.another();
        then(ends(pass(asking, 2))).hasSize(7 * 17 - 7);
    }

    private List<MuxWire> wires() {
        return portal.pool().all().stream()
                .map(tunnel -> (MuxWire) tunnel.mux().carrier())
                .toList();
    }

    private static Request request() {
        return new Request(WEB, "visitors");
    }

    private PortalTunnel tunnel(MuxWire wire) {
        return portal.pool().all().stream()
                .filter(tunnel -> tunnel.mux().carrier() == wire)
                .findFirst()
                .orElseThrow();
    }
}
