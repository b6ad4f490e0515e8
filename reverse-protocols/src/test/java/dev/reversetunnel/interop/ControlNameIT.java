package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.NodeSnapshot;
import dev.reversetunnel.Portal;
import dev.reversetunnel.TunnelSnapshot;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.RequiresPeer;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * V2Ray 4.34 calls the control session {@code reverse.internal.v2ray.com}, as nobody else does. Ends that do not agree
 * about the name seem to work: but V2Ray closes such a tunnel after 16 s without users, and users who come then are
 * reset. So here nobody comes for longer.
 */
@Tag("long")
@RequiresPeer("v2ray")
class ControlNameIT {
    private static final Duration WITHOUT_USERS = Duration.ofSeconds(25);

    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);

    @AfterEach
    void close() {
        origin.close();
    }

    @Test
    void our_portal_finds_the_name_that_v2rays_bridge_knows() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting).listener(heard).start();
                End bridge = Theirs.bridge(meeting)::close) {
            await().until(() -> portal.snapshot().tunnels().size() == 1);
            // v2fly.org, reverse, v2ray.com, then example.com is never tried: a session that stays
            await().atMost(Duration.ofSeconds(15))
                    .untilAsserted(() -> then(portal.snapshot().tunnels())
                            .extracting(TunnelSnapshot::openSessions, TunnelSnapshot::openedSessions)
                            .containsExactly(org.assertj.core.groups.Tuple.tuple(1, 3)));
            thenStays(portal::snapshot, heard);
        }
    }

    @Test
    void our_bridge_knows_the_name_of_v2rays_portal() throws Exception {
        Heard heard = new Heard();
        try (End portal = Theirs.portal(meeting)::close;
                Bridge bridge = Ours.bridge(meeting).listener(heard).start()) {
            bridge.awaitReady(Duration.ofSeconds(10));
            thenStays(bridge::snapshot, heard);
        }
    }

    private void thenStays(Supplier<NodeSnapshot> node, Heard heard) throws Exception {
        await().during(WITHOUT_USERS)
                .atMost(WITHOUT_USERS.plusSeconds(5))
                .until(() -> node.get().tunnels().size() == 1
                        && node.get().tunnels().get(0).openSessions() == 1
                        && heard.lines("down").isEmpty());
        then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
        then(heard.lines("up")).hasSize(1);
    }
}
