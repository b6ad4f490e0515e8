package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.TunnelListener;
import dev.reversetunnel.TunnelSnapshot;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Client.End;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.vmess.Vmess;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** A bridge of V2Ray whose credential is taken away while a visitor downloads through it, and given back. */
@RequiresPeer("v2ray")
class RevokedV2RayIT {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /**
     * V2Ray looks every two seconds whether it needs another tunnel, and a stranger is let wait before he is closed.
     */
    private static final Duration RECONNECTED = Duration.ofMinutes(2);

    private static final long MORE_THAN_ANYBODY_READS = 1L << 40;

    private final List<String> events = new CopyOnWriteArrayList<>();

    private final TunnelListener listener = new TunnelListener() {
        @Override
        public void tunnelDown(TunnelSnapshot tunnel, String reason) {
            events.add("down: " + reason);
        }

        @Override
        public void requestRefused(Request request, String reason) {
            events.add("refused: " + request.user());
        }
    };

    @Test
    void its_tunnels_and_a_running_download_end_and_it_is_a_stranger_until_it_is_restored() throws Exception {
        try (Origin origin = Origin.start()) {
            Meeting meeting = Meeting.at(origin);
            var server = Vmess.server(meeting.bridges()).address("127.0.0.1").user("interconn", meeting.id());
            try (Portal portal = ReverseTunnel.portal("portal")
                            .domain(meeting.domain())
                            .listen(server)
                            .listen(Inbound.port(meeting.visitors())
                                    .address("127.0.0.1")
                                    .to("127.0.0.1", 80))
                            .waitForBridge(Duration.ofMillis(50))
                            .listener(listener)
                            .start();
                    V2Ray bridge = Theirs.bridge(meeting)) {
                await().atMost(Client.PATIENCE)
                        .until(() -> !portal.snapshot().tunnels().isEmpty());
                then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
                try (Socket download = Client.connect(meeting.visitors())) {
                    Client.askForDownload(download, MORE_THAN_ANYBODY_READS, 1);
                    then(download.getInputStream().readNBytes(1 << 20)).hasSize(1 << 20);

                    long began = System.nanoTime();
                    portal.revoke("interconn");
                    Client.Transfer rest = Client.readToEnd(download);
                    then(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SECOND);
                    then(rest.end()).isEqualTo(End.RESET);
                    await().atMost(SECOND)
                            .until(() -> portal.snapshot().tunnels().isEmpty());
                }
                then(events).isNotEmpty().containsOnly("down: the credential of its user was revoked");

                long accepted = server.counters().accepted();
                await().atMost(RECONNECTED).until(() -> server.counters().refused(Reason.UNKNOWN_USER) > 0);
                then(server.counters().accepted()).isEqualTo(accepted);
                then(portal.snapshot().tunnels()).isEmpty();
                thenThrownBy(() -> Client.get(meeting.visitors())).isInstanceOf(IOException.class);
                then(events).noneMatch(event -> event.equals("refused: interconn")); // a stranger asks for nothing

                portal.restore("interconn");
                await().atMost(RECONNECTED)
                        .until(() -> !portal.snapshot().tunnels().isEmpty());
                then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
                then(bridge.isAlive()).isTrue();
            }
        }
    }
}
