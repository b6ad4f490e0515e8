package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.bridge;
import static dev.reversetunnel.Tunnels.portal;
import static dev.reversetunnel.Tunnels.visit;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.net.Datagram;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How many tunnels a bridge keeps, and how soon it has a new one. */
class BridgeTunnelsTest {
    private static final int FULL = TunnelDemand.OWN_SESSIONS_PER_TUNNEL;

    /** So many sessions fit into the first tunnel: on a large machine there is an event loop for another one. */
    private static final int FIRST = Loops.threads(null) > 1 ? TunnelDemand.SESSIONS_PER_TUNNEL : FULL;

    private static long active(NodeSnapshot node) {
        return node.tunnels().stream()
                .filter(tunnel -> tunnel.state() == TunnelState.ACTIVE)
                .count();
    }

    @Test
    void opens_another_tunnel_when_the_first_is_full() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port())) {
            List<Socket> visitors = new ArrayList<>();
            for (int i = 1; i < FIRST; i++) { // and the control session
                visitors.add(greeted(portal));
            }
            then(bridge.snapshot().tunnels()).hasSize(1);
            visitors.add(greeted(portal));
            await().until(() -> active(portal.snapshot()) == 2);
            for (int i = FIRST; i < 2 * FIRST - 2; i++) {
                visitors.add(greeted(portal));
            }
            then(bridge.snapshot().tunnels()).hasSize(2);
            for (Socket visitor : visitors) {
                then(Tunnels.say(visitor, "again")).isEqualTo("again");
                visitor.close();
            }
        }
    }

    @Test
    void who_finds_all_tunnels_full_gets_the_session_that_ends_first_or_is_told() throws Exception {
        Heard heard = new Heard();
        MuxOptions three = MuxOptions.DEFAULT.maxSessions(3); // and one of them is for control
        try (Origin origin = Origin.echo();
                Portal portal = portal(0)
                        .mux(three)
                        .waitForBridge(Duration.ofSeconds(1))
                        .listener(heard)
                        .start();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port("tunnels"))
                        .forward("127.0.0.1", origin.port())
                        .tunnels(1, 1))) {
            Socket first = greeted(portal);
            Socket second = greeted(portal);

            // WHEN one more comes and one of them goes
            try (Socket third = visit(portal)) {
                third.getOutputStream().write(1);
                await().until(() -> portal.snapshot().waitingForBridge() == 1);
                first.close();
                then(third.getInputStream().read()).isEqualTo(1);

                // WHEN nobody goes
                try (Socket fourth = visit(portal)) {
                    fourth.getOutputStream().write(1);
                    thenThrownBy(() -> fourth.getInputStream().read()).isInstanceOf(SocketException.class);
                    await().until(() -> !heard.of("failed").isEmpty());
                    then(heard.of("failed").get(0)).contains("let the bridge open more tunnels");
                }
            }
            second.close();
            then(bridge.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void opens_no_more_tunnels_than_allowed() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = portal();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port("tunnels"))
                        .forward("127.0.0.1", origin.port())
                        .tunnels(2, 3))) {
            await().until(() -> active(portal.snapshot()) == 2);
            List<Socket> visitors = new ArrayList<>();
            for (int i = 0; i < 3 * FULL; i++) {
                visitors.add(greeted(portal));
            }
            await().until(() -> active(bridge.snapshot()) == 3);
            then(portal.snapshot().tunnels()).hasSize(3);
            for (Socket visitor : visitors) {
                visitor.close();
            }
        }
    }

    @Test
    void closes_what_it_opened_for_a_load_when_that_has_gone_and_nobody_notices() throws Exception {
        Heard heard = new Heard();
        try (Origin origin = Origin.echo();
                Portal portal = portal(0).listener(heard).start();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port("tunnels"))
                        .forward("127.0.0.1", origin.port())
                        .tunnels(1, 4)
                        .closeIdleTunnelsAfter(Duration.ofMillis(50)))) {
            List<Socket> visitors = new ArrayList<>();
            for (int i = 0; i < 3 * FULL; i++) {
                visitors.add(greeted(portal));
            }
            await().until(() -> active(portal.snapshot()) == 4);
            Socket stays = visitors.remove(visitors.size() - 1); // on the last one that was opened, most likely
            for (Socket visitor : visitors) {
                visitor.close();
            }
            while (active(portal.snapshot()) > 1 || active(bridge.snapshot()) > 1) {
                greeted(portal).close(); // those who come meanwhile
            }
            then(Tunnels.say(stays, "still here")).isEqualTo("still here");
            stays.close();
            await().until(() -> portal.snapshot().tunnels().size() == 1);
            await().until(() -> bridge.snapshot().tunnels().size() == 1);
            then(heard.of("failed")).isEmpty();
            greeted(portal).close();
        }
    }

    @Test
    void keeps_as_many_as_its_portal_wishes_for() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = portal(0).tunnelsPerBridge(3).start();
                Bridge bridge = bridge(portal, origin.port())) {
            await().until(() -> active(portal.snapshot()) == 3);
            then(bridge.snapshot().tunnels()).hasSize(3);
            then(Tunnels.say(greeted(portal), "hello")).isEqualTo("hello");
        }
    }

    private static Socket greeted(Portal portal) throws Exception {
        Socket visitor = visit(portal);
        then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
        return visitor;
    }

    @ParameterizedTest
    @EnumSource(ControlName.class)
    void dials_a_replacement_at_once_when_told_to_drain(ControlName name) throws Exception {
        Heard heard = new Heard();
        try (HostilePortal portal = new HostilePortal();
                Origin origin = Origin.echo();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port())
                        .forward("127.0.0.1", origin.port())
                        .listener(heard))) {
            MuxConnection first = portal.tunnel();
            // it serves somebody
            then(portal.ask(dev.reversetunnel.net.Destination.tcp("any", 80))).isEqualTo("01");
            first.carrier().eventLoop().execute(() -> {
                MuxSession control = first.open(ControlName.V2FLY.destination());
                control.writeAndFlush(new Datagram(
                                control.destination(),
                                Unpooled.wrappedBuffer(new byte[] {8, 1, (byte) 0x9a, 6, 1, (byte) name.ordinal()})))
                        .addListener(ChannelFutureListener.CLOSE);
            });
            await().until(() -> active(bridge.snapshot()) == 1
                    && bridge.snapshot().tunnels().size() == 2);
            then(heard.of("draining")).containsExactly("draining 1");
            then(heard.of("dial failed")).isEmpty();
            then(first.carrier().isActive()).isTrue();
        }
    }

    @Test
    void no_visitor_fails_while_tunnels_are_renewed() throws Exception {
        Heard heard = new Heard();
        try (Origin origin = new Origin(socket -> {
                    socket.getInputStream().read();
                    socket.getOutputStream().write(7);
                });
                Portal portal = portal(0).listener(heard).start();
                Bridge bridge = bridge(portal, origin.port())) {
            for (int i = 0; i < 600; i++) {
                if (i % 100 == 50) { // as an own portal does after 32,000 sessions
                    portalTunnels(portal).forEach(tunnel -> tunnel.loop().execute(tunnel::drain));
                }
                try (Socket visitor = visit(portal)) {
                    visitor.getOutputStream().write(1);
                    then(visitor.getInputStream().readAllBytes()).hasSize(1);
                }
            }
            then(heard.of("draining")).hasSize(6);
            then(heard.of("failed")).isEmpty();
            await().until(() -> portal.snapshot().tunnels().size() == 1);
            await().until(() -> bridge.snapshot().tunnels().size() == 1);
        }
    }

    private static List<PortalTunnel> portalTunnels(Portal portal) {
        return portal.node().portals().iterator().next().pool().all();
    }

    @Test
    void comes_back_when_its_portal_does_and_leaves_nothing_behind() throws Exception {
        int port = Tunnels.freePort();
        try (Origin origin = Origin.echo();
                Bridge bridge =
                        Tunnels.bridge(port).forward("127.0.0.1", origin.port()).start()) {
            int threads = 0;
            long descriptors = 0;
            for (int i = 0; i < 50; i++) {
                try (Portal portal = portal(port).start();
                        Socket visitor = visit(portal)) {
                    then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
                }
                if (i == 5) {
                    threads = Thread.activeCount();
                    descriptors = descriptors();
                }
            }
            int before = threads;
            long open = descriptors;
            await().untilAsserted(() -> {
                then(Thread.activeCount()).isLessThanOrEqualTo(before + 2); // of the origin's
                then(descriptors()).isLessThanOrEqualTo(open + 2);
            });
            then(bridge.snapshot().tunnels()).hasSizeLessThan(2);
        }
    }

    private static long descriptors() {
        return ((com.sun.management.UnixOperatingSystemMXBean)
                        java.lang.management.ManagementFactory.getOperatingSystemMXBean())
                .getOpenFileDescriptorCount();
    }

    @Test
    void keeps_tunnels_to_each_of_its_portals() throws Exception {
        try (Origin origin = Origin.echo();
                Portal north = portal();
                Portal south = portal();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(north.port("tunnels"))
                        .connect(Plain.client(Transport.tcp(), south.port("tunnels")))
                        .forward("127.0.0.1", origin.port()))) {
            await().until(() -> active(north.snapshot()) == 1 && active(south.snapshot()) == 1);
            for (Portal portal : List.of(north, south)) {
                try (Socket visitor = visit(portal)) {
                    then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
                }
            }
            north.close();
            try (Socket visitor = visit(south)) {
                then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            }
            await().atMost(Duration.ofSeconds(10)).until(() -> active(bridge.snapshot()) == 1);
        }
    }

    @Test
    void a_slow_origin_stops_its_own_visitor_and_nobody_else() throws Exception {
        Heard heard = new Heard();
        try (Origin origin = new Origin(socket -> {
                    byte[] first = socket.getInputStream().readNBytes(1);
                    if (first[0] == 's') { // stops reading
                        new java.util.concurrent.CountDownLatch(1).await();
                    }
                    socket.getOutputStream().write(first);
                    socket.getInputStream().transferTo(socket.getOutputStream());
                });
                Portal portal = portal();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port("tunnels"))
                        .forward("127.0.0.1", origin.port())
                        .mux(dev.reversetunnel.mux.MuxOptions.DEFAULT
                                .queueBytes(64 * 1024, 1024 * 1024)
                                .grace(Duration.ofMinutes(5)))
                        .listener(heard))) {
            Socket slow = visit(portal);
            Thread feeding = new Thread(() -> {
                try {
                    while (true) {
                        slow.getOutputStream().write("s".repeat(65_536).getBytes());
                    }
                } catch (java.io.IOException closed) {
                    return;
                }
            });
            feeding.start();
            await().until(() -> bridge.snapshot().tunnels().get(0).queuedBytes() > 0);
            for (int i = 0; i < 5; i++) {
                try (Socket visitor = visit(portal)) {
                    then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
                }
            }
            then(heard.of("blocked")).isEmpty();
            then(active(portal.snapshot())).isEqualTo(1);
            slow.setSoLinger(true, 0);
            slow.close();
            feeding.join(10_000);
            await().until(() -> bridge.snapshot().tunnels().get(0).queuedBytes() == 0);
        }
    }
}
