package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.NodeSnapshot;
import dev.reversetunnel.Portal;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.RequiresPeer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * V2Ray 4.34 calls the control session {@code reverse.internal.v2ray.com}, as nobody else does. Ends that do not agree
 * about the name seem to work: but V2Ray closes such a tunnel after 16 s without users, and users who come then are
 * reset. So here nobody comes for longer.
 *
 * <p>A bridge ends a control session whose name it does not know; but not one that redirects all its users, as the
 * manual's does: it takes the other names for users who speak UDP, and our portal speaks in all four sessions.
 */
@Tag("long")
@RequiresPeer("v2ray")
class ControlNameIT {
    private static final Duration WITHOUT_USERS = Duration.ofSeconds(25);

    /** After so many sessions a portal drains a tunnel to a foreign bridge. */
    private static final int OPENINGS = 260;

    private static final Duration BETWEEN_USERS = Duration.ofMillis(150);

    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);

    @AfterEach
    void close() {
        origin.close();
    }

    @Test
    void our_portal_finds_the_name_that_v2rays_bridge_knows() throws Exception {
        Heard heard = new Heard();
        try (Portal portal =
                        Ours.portal(meeting).spareTunnels(0).listener(heard).start();
                End bridge = Theirs.bridge(meeting)::close) {
            await().until(() -> portal.snapshot().tunnels().size() == 1);
            thenStays(portal::snapshot, heard);

            // It hears what is said there if it obeys this: look for another tunnel. Users come one by one, for it also
            // looks for one when it has more than 16 sessions, and forgets those only after a second.
            AtomicInteger openings = new AtomicInteger();
            await().atMost(Duration.ofMinutes(2)).pollInterval(BETWEEN_USERS).until(() -> {
                then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
                return openings.incrementAndGet() == OPENINGS;
            });
            await().untilAsserted(() -> then(heard.lines("up")).hasSize(2));
        }
    }

    @Test
    void our_bridge_knows_the_name_of_v2rays_portal() throws Exception {
        Heard heard = new Heard();
        try (End portal = Theirs.portal(meeting)::close;
                Bridge bridge = Ours.bridge(meeting).listener(heard).start()) {
            bridge.awaitReady(Duration.ofSeconds(10));
            thenStays(bridge::snapshot, heard);
            then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
        }
    }

    private void thenStays(Supplier<NodeSnapshot> node, Heard heard) throws Exception {
        await().during(WITHOUT_USERS)
                .atMost(WITHOUT_USERS.plusSeconds(5))
                .until(() ->
                        node.get().tunnels().size() == 1 && heard.lines("down").isEmpty());
        then(heard.lines("up")).hasSize(1);
    }
}
