package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.portal;
import static dev.reversetunnel.Tunnels.visit;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One bridge that dials several portals: all of them, or one while another is down. */
class SeveralPortalsTest {
    private static Outbound to(int port) {
        return Plain.client(Transport.tcp(), port);
    }

    private static Bridge.Builder shop(Origin origin) {
        return ReverseTunnel.bridge("shop").domain(Tunnels.DOMAIN).forward("127.0.0.1", origin.port());
    }

    private static List<BridgeState> states(Bridge bridge) {
        return bridge.snapshot().bridges().stream().map(BridgeSnapshot::state).toList();
    }

    private static void thenServes(Portal portal) throws Exception {
        try (Socket visitor = visit(portal)) {
            then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
        }
    }

    @Test
    void it_is_ready_with_the_first_and_tells_of_each() throws Exception {
        int nobody = Tunnels.freePort();
        try (Origin origin = Origin.echo();
                Portal portal = portal();
                Bridge bridge = Tunnels.ready(shop(origin).connect(to(nobody), to(portal.port("tunnels"))))) {
            thenServes(portal);
            await().until(() -> states(bridge).equals(List.of(BridgeState.CONNECTING, BridgeState.UP)));
            List<BridgeSnapshot> each = bridge.snapshot().bridges();
            then(each).extracting(BridgeSnapshot::tag).containsExactly("shop", "shop-2");
            then(each.get(0).tunnels()).isZero();
            await().untilAsserted(() -> then(bridge.snapshot().bridges().get(0).lastFailure())
                    .contains("cannot reach tcp:127.0.0.1:" + nobody));
            then(each.get(1).tunnels()).isEqualTo(1);
            then(each.get(1).lastFailure()).isEmpty();
        }
    }

    @Test
    void when_none_is_reached_the_reason_for_each_is_told() throws Exception {
        int first = Tunnels.freePort();
        int second = Tunnels.freePort();
        try (Origin origin = Origin.echo();
                Bridge bridge =
                        shop(origin).connect(to(first)).standby(to(second)).start()) {
            await().until(() -> bridge.snapshot().bridges().stream()
                    .noneMatch(one -> one.lastFailure().isEmpty()));
            thenThrownBy(() -> bridge.awaitReady(Duration.ofMillis(1)))
                    .isInstanceOf(TunnelException.class)
                    .hasMessageContaining("shop: cannot reach tcp:127.0.0.1:" + first)
                    .hasMessageContaining("shop-2: cannot reach tcp:127.0.0.1:" + second);
        }
    }

    @Test
    void a_standby_is_dialled_while_the_first_is_down_and_left_when_that_is_back() throws Exception {
        int first = Tunnels.freePort();
        Heard heard = new Heard();
        try (Origin origin = Origin.echo();
                Portal spare = portal(0).listener(heard).start()) {
            Portal main = portal(first).start();
            try (Bridge bridge = Tunnels.ready(shop(origin).connect(to(first)).standby(to(spare.port("tunnels"))))) {
                thenServes(main);
                then(states(bridge)).containsExactly(BridgeState.UP, BridgeState.RESTING);
                then(spare.snapshot().tunnels()).isEmpty();

                main.close();
                await().until(() -> states(bridge).equals(List.of(BridgeState.CONNECTING, BridgeState.UP)));
                Socket stays = visit(spare);
                then(Tunnels.say(stays, "hello")).isEqualTo("hello");

                try (Portal back = portal(first).start()) {
                    await().until(() -> states(bridge).get(0) == BridgeState.UP);
                    // there is no moment without a tunnel
                    then(states(bridge).get(1)).isEqualTo(BridgeState.UP);
                    await().until(() -> states(bridge).equals(List.of(BridgeState.UP, BridgeState.RESTING)));
                    thenServes(back);
                    then(Tunnels.say(stays, "still here")).isEqualTo("still here");
                    stays.setSoLinger(true, 0);
                    stays.close();
                    await().until(() -> bridge.snapshot().bridges().get(1).tunnels() == 0);
                    await().until(() -> spare.snapshot().tunnels().isEmpty());
                    then(heard.of("failed")).isEmpty();
                }
            }
        }
    }

    @Test
    void a_standby_takes_over_from_a_portal_that_does_not_answer() throws Exception {
        try (DeadAddress silent = new DeadAddress("127.0.0.1", 0);
                Origin origin = Origin.echo();
                Portal spare = portal();
                Bridge bridge =
                        Tunnels.ready(shop(origin).connect(to(silent.port())).standby(to(spare.port("tunnels"))))) {
            thenServes(spare);
            then(states(bridge)).containsExactly(BridgeState.CONNECTING, BridgeState.UP);
        }
    }

    @Test
    void faults_are_told_at_the_desk() {
        thenThrownBy(() -> ReverseTunnel.bridge("shop")
                        .domain(Tunnels.DOMAIN)
                        .standby(to(1))
                        .forward("127.0.0.1", 1)
                        .start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("call connect(...)");
        ReverseTunnel.Builder node =
                ReverseTunnel.node().bridge("a", "a.internal").bridge("b", "b.internal");
        thenThrownBy(() -> node.standby("a", "b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("standby: \"a\" for [b] (expected: bridges that were added before it: [])");
        thenThrownBy(() -> node.standby("c", "a")).isInstanceOf(IllegalArgumentException.class);
        thenThrownBy(() -> node.standby("b")).isInstanceOf(IllegalArgumentException.class);
        thenThrownBy(() -> node.standby("b", "a").standby("b", "a")).isInstanceOf(IllegalStateException.class);
    }
}
