package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.RequiresPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Ends that are killed with {@code kill -9} and started again at once: the tunnel works again without help. For our
 * ends by themselves, see {@link KilledUnderLoadIT}.
 *
 * <p>How soon is printed, from the moment at which the end was back. V2Ray 4.34 takes its time: its portal gives users
 * to a dead bridge's connection until it cleans up, which it does every 30 s, and its bridge looks for a new portal
 * every 2 to 4 s.
 */
@Timeout(1_800)
class KilledEndsIT {
    /** Beyond the 30 s of V2Ray's portal. */
    private static final Duration RECOVERY = Duration.ofSeconds(70);

    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);

    @AfterEach
    void close() {
        origin.close();
    }

    @Test
    @RequiresPeer("v2ray")
    void our_portal_and_v2rays_bridge_find_each_other_again() {
        find(
                "our portal with V2Ray's bridge",
                KilledEndsIT::ourPortal,
                where -> Theirs.bridge(where)::close,
                Amount.kills(3),
                Amount.kills(3));
    }

    @Test
    @RequiresPeer("v2ray")
    void v2rays_portal_and_our_bridge_find_each_other_again() {
        find(
                "V2Ray's portal with our bridge",
                where -> Theirs.portal(where)::close,
                KilledEndsIT::ourBridge,
                Amount.kills(3),
                Amount.kills(1));
    }

    private static End ourPortal(Meeting where) {
        return ChildJvm.start(PortalMain.class, where.arguments());
    }

    private static End ourBridge(Meeting where) {
        return ChildJvm.start(BridgeMain.class, where.arguments());
    }

    private void find(
            String pair,
            Function<Meeting, End> portals,
            Function<Meeting, End> bridges,
            int portalKills,
            int bridgeKills) {
        End portal = portals.apply(meeting);
        End bridge = bridges.apply(meeting);
        try {
            awaitRequest();
            List<Double> seconds = new ArrayList<>();
            for (int i = 0; i < bridgeKills; i++) {
                bridge.close();
                bridge = bridges.apply(meeting);
                seconds.add(awaitRequest());
            }
            report(pair + ", bridge killed", seconds);
            seconds.clear();
            for (int i = 0; i < portalKills; i++) {
                portal.close();
                portal = portals.apply(meeting);
                seconds.add(awaitRequest());
            }
            report(pair + ", portal killed", seconds);
        } finally {
            bridge.close();
            portal.close();
        }
    }

    /** How many seconds until a request is answered. */
    private double awaitRequest() {
        long start = System.nanoTime();
        await().atMost(RECOVERY)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .ignoreExceptions()
                .untilAsserted(() -> then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY));
        return (System.nanoTime() - start) / 1e9;
    }

    private static void report(String what, List<Double> seconds) {
        System.out.println(what + ' ' + Recovery.of(seconds));
    }
}
