package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.portal;
import static dev.reversetunnel.Tunnels.visit;
import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A portal with bridges that are not ours. */
class PortalTunnelsTest {
    @ParameterizedTest
    @EnumSource(ControlName.class)
    void finds_the_name_that_a_bridge_understands_and_remembers_it(ControlName name) throws Exception {
        try (Portal portal = portal()) {
            try (FakeBridge bridge = FakeBridge.understanding(portal, name)) {
                await().until(() -> bridge.control.contains(name + " ACTIVE"));
                // until that one came, the names were tried in their order
                then(bridge.control.stream().filter(line -> line.endsWith("opened")))
                        .hasSize(name.ordinal() + 1)
                        .last()
                        .isEqualTo(name + " opened");
                try (Socket visitor = visit(portal)) {
                    then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
                }
            }
            await().until(() -> portal.snapshot().tunnels().isEmpty());
            try (FakeBridge bridge = FakeBridge.understanding(portal, name)) {
                await().until(() -> bridge.control.contains(name + " ACTIVE"));
                then(bridge.control.get(0)).isEqualTo(name + " opened");
            }
        }
    }

    @Test
    void serves_a_bridge_that_understands_no_name() throws Exception {
        try (Portal portal = portal();
                FakeBridge bridge = FakeBridge.understanding(portal)) {
            await().until(() -> bridge.control.size() == 4);
            try (Socket visitor = visit(portal)) {
                then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            }
            await().until(() -> bridge.mux().openSessions() == 0);
            then(bridge.control).hasSize(4);
        }
    }

    @Test
    void beats_again_and_again() throws Exception {
        try (Portal portal = portal();
                FakeBridge bridge = FakeBridge.understanding(portal, ControlName.V2FLY)) {
            await().until(() -> bridge.control.stream()
                            .filter(line -> line.equals("V2FLY ACTIVE"))
                            .count()
                    >= 2);
        }
    }

    @Test
    void drains_a_foreign_tunnel_after_256_openings_and_goes_on_using_it_while_it_is_the_only_one() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = portal(0).listener(heard).start();
                FakeBridge bridge = FakeBridge.understanding(portal, ControlName.V2FLY)) {
            await().until(() -> !portal.snapshot().tunnels().isEmpty());
            Socket stays = visit(portal);
            then(Tunnels.say(stays, "hello")).isEqualTo("hello");
            for (int i = 2; i < PortalTunnel.FOREIGN_OPENINGS; i++) {
                visitOnce(portal);
            }
            then(bridge.control).doesNotContain("V2FLY DRAIN");

            visitOnce(portal);
            await().until(() -> bridge.control.contains("V2FLY DRAIN"));
            then(heard.of("draining")).containsExactly("draining 1");
            visitOnce(portal);
            then(Tunnels.say(stays, "still here")).isEqualTo("still here");

            // WHEN another tunnel comes, new visitors go there
            try (FakeBridge another = FakeBridge.understanding(portal, ControlName.V2FLY)) {
                await().until(() -> portal.snapshot().tunnels().size() == 2);
                int before = another.mux().openedSessions();
                visitOnce(portal);
                then(another.mux().openedSessions()).isEqualTo(before + 1);
                then(Tunnels.say(stays, "and here")).isEqualTo("and here");
                // AND the drained one is closed behind its last visitor
                stays.setSoLinger(true, 0);
                stays.close();
                await().until(() -> !bridge.isOpen());
                then(heard.of("down")).containsExactly("down 1: drained");
                then(another.isOpen()).isTrue();
            }
        }
    }

    private static void visitOnce(Portal portal) throws Exception {
        try (Socket visitor = visit(portal)) {
            then(Tunnels.say(visitor, "x")).isEqualTo("x");
            visitor.setSoLinger(true, 0);
        }
    }

    @Test
    void picks_the_least_loaded_tunnel() throws Exception {
        try (Portal portal = portal();
                FakeBridge one = FakeBridge.understanding(portal, ControlName.V2FLY);
                FakeBridge two = FakeBridge.understanding(portal, ControlName.V2FLY);
                FakeBridge three = FakeBridge.understanding(portal, ControlName.V2FLY)) {
            await().until(() -> portal.snapshot().tunnels().size() == 3);
            List<Socket> visitors = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                Socket visitor = visit(portal);
                then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
                visitors.add(visitor);
            }
            then(List.of(one, two, three))
                    .extracting(bridge -> bridge.mux().openSessions())
                    .containsExactly(11, 11, 11);
            for (Socket visitor : visitors) {
                visitor.close();
            }
        }
    }

    @Test
    void never_picks_a_tunnel_that_is_gone() throws Exception {
        try (Portal portal = portal();
                FakeBridge stays = FakeBridge.understanding(portal, ControlName.V2FLY)) {
            for (int i = 0; i < 20; i++) {
                try (FakeBridge goes = FakeBridge.understanding(portal, ControlName.V2FLY)) {
                    then(goes.isOpen()).isTrue();
                }
                // it may not be known yet, and then this visitor is reset, but he never waits for nothing
                await().until(() -> portal.snapshot().tunnels().size() == 1);
                visitOnce(portal);
            }
            then(stays.isOpen()).isTrue();
        }
    }

    @Test
    void avoids_a_tunnel_that_a_slow_visitor_has_blocked() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = portal(0)
                        .mux(dev.reversetunnel.mux.MuxOptions.DEFAULT
                                .queueBytes(64 * 1024, 1024 * 1024)
                                .grace(java.time.Duration.ofMinutes(5)))
                        .listener(heard)
                        .start();
                FakeBridge one = FakeBridge.understanding(portal, ControlName.V2FLY)) {
            await().until(() -> portal.snapshot().tunnels().size() == 1);
            Socket slow = visit(portal);
            Thread feeding = new Thread(() -> {
                try {
                    while (true) {
                        slow.getOutputStream().write(new byte[65_536]); // the echo is never read
                    }
                } catch (java.io.IOException closed) {
                    return;
                }
            });
            feeding.start();
            await().until(() -> !heard.of("blocked").isEmpty());
            then(portal.snapshot().tunnels().get(0).blocked()).isTrue();
            try (FakeBridge two = FakeBridge.understanding(portal, ControlName.V2FLY)) {
                await().until(() -> portal.snapshot().tunnels().size() == 2);
                for (int i = 0; i < 10; i++) {
                    visitOnce(portal);
                }
                then(two.mux().openedSessions()).isEqualTo(11);
            }
            slow.setSoLinger(true, 0);
            slow.close();
            feeding.join(TimeUnit.SECONDS.toMillis(10));
            then(one.isOpen()).isTrue();
        }
    }

    @Test
    void holds_the_visitors_while_a_tunnel_dies_at_once() throws Exception {
        try (Portal portal =
                        portal(0).waitForBridge(java.time.Duration.ofHours(1)).start();
                Socket visitor = visit(portal)) {
            visitor.getOutputStream().write("hello\n".getBytes());
            await().until(() -> portal.snapshot().waitingForBridge() == 1);
            try (FakeBridge bridge = FakeBridge.understanding(portal, ControlName.V2FLY)) {
                then(Tunnels.line(visitor.getInputStream())).isEqualTo("hello");
                then(bridge.isOpen()).isTrue();
            }
        }
    }
}
