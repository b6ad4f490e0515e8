package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.interop.ChildJvm.Footprint;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Ports;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What a session and a tunnel cost when there are many: heap after a garbage collection, and what Netty holds outside,
 * as the difference that they make to a process that has served a few before. Portal, bridges and origin are processes
 * of their own.
 */
class ScaleIT {
    private static final int WARM = 200;
    private static final long MOST_A_SESSION = 5 * 1024;
    private static final long MOST_A_TUNNEL = 16 * 1024;

    private final Meeting meeting =
            new Meeting(Ports.free(), Ports.free(), UUID.randomUUID(), "test.v2fly.org", Ports.free());

    @Test
    void a_thousand_idle_sessions_cost_what_they_may() throws Exception {
        idleSessions(1_000);
    }

    @Tag("long")
    @Test
    void ten_thousand_idle_sessions_fit_into_ninety_six_megabytes_a_side() throws Exception {
        idleSessions(10_000);
    }

    @Test
    void two_hundred_bridges_cost_what_they_may() throws Exception {
        tunnels(200);
    }

    @Tag("long")
    @Test
    void two_thousand_bridges_come_to_a_portal_of_256_megabytes() throws Exception {
        tunnels(2_000);
    }

    private void idleSessions(int count) throws Exception {
        try (ChildJvm origin = ChildJvm.start(EchoMain.class, meeting.originPort());
                ChildJvm portal = ChildJvm.start(96, PortalMain.class, meeting.arguments());
                ChildJvm bridge = ChildJvm.start(96, WideBridgeMain.class, meeting.arguments())) {
            visitAndLeave(WARM);
            Footprint portalBefore = portal.settled();
            Footprint bridgeBefore = bridge.settled();
            List<Socket> visitors = visit(count);
            try {
                Footprint portalWith = portal.settled();
                Footprint bridgeWith = bridge.settled();
                for (Socket visitor : visitors) {
                    then(Client.echo(visitor, "still here")).isEqualTo("still here");
                }
                long ofPortal = each(portalBefore, portalWith, count);
                long ofBridge = each(bridgeBefore, bridgeWith, count);
                System.out.printf(
                        "scale: %,d idle sessions at -Xmx96m: portal %,d bytes each (heap %,d), bridge %,d (heap %,d)%n",
                        count,
                        ofPortal,
                        (portalWith.heap() - portalBefore.heap()) / count,
                        ofBridge,
                        (bridgeWith.heap() - bridgeBefore.heap()) / count);
                then(ofPortal).as("bytes a session, portal").isLessThanOrEqualTo(MOST_A_SESSION);
                then(ofBridge).as("bytes a session, bridge").isLessThanOrEqualTo(MOST_A_SESSION);
            } finally {
                leave(visitors);
            }
            then(origin.isAlive()).isTrue();
        }
    }

    private void tunnels(int count) throws Exception {
        Object[] arguments = meeting.arguments();
        try (ChildJvm origin = ChildJvm.start(EchoMain.class, meeting.originPort());
                ChildJvm portal = ChildJvm.start(256, ManyBridges.PortalMain.class, with(arguments, WARM + count));
                ChildJvm few = ChildJvm.start(128, ManyBridges.BridgesMain.class, with(arguments, 0, WARM))) {
            Footprint before = portal.settled();
            Footprint fewBridges = few.settled();
            try (ChildJvm many =
                    ChildJvm.start(512, ManyBridges.BridgesMain.class, with(arguments, WARM, WARM + count))) {
                Footprint with = portal.settled();
                Footprint manyBridges = many.settled();
                List<Socket> visitors = visit(count + WARM); // as many as there are tunnels, each of which is idle
                leave(visitors);
                long ofPortal = each(before, with, count);
                System.out.printf(
                        "scale: %,d tunnels at -Xmx256m: portal %,d bytes each (heap %,d), bridge %,d%n",
                        count,
                        ofPortal,
                        (with.heap() - before.heap()) / count,
                        count > WARM ? each(fewBridges, manyBridges, count - WARM) : manyBridges.bytes() / count);
                then(ofPortal).as("bytes a tunnel, portal").isLessThanOrEqualTo(MOST_A_TUNNEL);
            }
            then(origin.isAlive()).isTrue();
        }
    }

    private static long each(Footprint before, Footprint with, int count) {
        return (with.bytes() - before.bytes()) / count;
    }

    private static Object[] with(Object[] arguments, Object... more) {
        List<Object> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of(more));
        return all.toArray();
    }

    private void visitAndLeave(int count) throws IOException {
        leave(visit(count));
    }

    /** Each has been answered by the origin, and says no more. */
    private List<Socket> visit(int count) throws IOException {
        List<Socket> visitors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Socket visitor = Client.connect(meeting.visitors());
            visitors.add(visitor);
            then(Client.echo(visitor, "hello")).isEqualTo("hello");
        }
        return visitors;
    }

    private static void leave(List<Socket> visitors) throws IOException {
        for (Socket visitor : visitors) {
            visitor.close();
        }
    }
}
