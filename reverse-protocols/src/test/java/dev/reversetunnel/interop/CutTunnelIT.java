package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.lab.FaultProxy;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.RequiresPeer;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tunnels that are cut in the middle of a download: our portal's users see a reset, never a clean end with fewer bytes.
 * (V2Ray 4.34's portal shows them a clean end.)
 */
class CutTunnelIT {
    private static final long SIZE = 1L << 30;
    private static final int CUTS = 25;

    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);
    private final SplittableRandom random = new SplittableRandom(42);

    @AfterEach
    void close() {
        origin.close();
    }

    @ParameterizedTest(name = "with a reset: {0}")
    @ValueSource(booleans = {true, false})
    void a_carrier_that_is_cut_is_a_reset(boolean withReset) throws IOException {
        try (End portal = Ours.running(Ours.portal(meeting));
                FaultProxy line = FaultProxy.to(meeting.bridges());
                End bridge = Ours.running(Ours.bridge(meeting.bridges(line.port())))) {
            for (int i = 0; i < CUTS; i++) {
                thenIsReset(withReset ? line::reset : line::cut);
            }
        }
    }

    @Test
    void a_bridge_that_is_killed_is_a_reset() throws IOException {
        try (End portal = Ours.running(Ours.portal(meeting))) {
            for (int i = 0; i < 3; i++) {
                try (ChildJvm bridge = ChildJvm.start(BridgeMain.class, meeting.arguments())) {
                    thenIsReset(bridge::close);
                }
            }
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void a_bridge_of_v2rays_that_is_killed_is_a_reset() throws IOException {
        try (End portal = Ours.running(Ours.portal(meeting))) {
            for (int i = 0; i < 3; i++) {
                try (End bridge = Theirs.bridge(meeting)::close) {
                    thenIsReset(bridge::close);
                }
            }
        }
    }

    private void thenIsReset(Runnable cut) throws IOException {
        awaitTunnel();
        try (Socket user = Client.connect(meeting.visitors())) {
            Client.askForDownload(user, SIZE, 1);
            int first = random.nextInt(1, 4 << 20);
            then(user.getInputStream().readNBytes(first)).hasSize(first);

            cut.run();

            Client.Transfer rest = Client.readToEnd(user);
            then(first + rest.bytes()).isLessThan(SIZE);
            then(rest.end()).isEqualTo(Client.End.RESET);
        }
    }

    private void awaitTunnel() {
        await().atMost(Duration.ofSeconds(40))
                .ignoreExceptions()
                .untilAsserted(() -> then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY));
    }
}
