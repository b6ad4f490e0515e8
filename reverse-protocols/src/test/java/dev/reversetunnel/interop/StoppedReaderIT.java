package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.NodeSnapshot;
import dev.reversetunnel.Portal;
import dev.reversetunnel.TunnelSnapshot;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Crowd;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.RequiresPeer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What happens to the others when one reader stops.
 *
 * <p>Mux.cool has no flow control: whoever cannot get rid of a session's bytes can only stop reading the tunnel. So it
 * depends on whose end that is:
 *
 * <ul>
 *   <li>Ours (a visitor of our portal stops reading, or an origin behind our bridge): memory stays bounded, the others
 *       of that tunnel wait for the grace period at most, then the one who stopped is ended alone. Other tunnels notice
 *       nothing, and new visitors of our portal get one of those. Whether the far end is ours or V2Ray's is all the
 *       same.
 *   <li>V2Ray's (a visitor of its portal, or an origin behind its bridge): the others of that tunnel wait for as long
 *       as he likes, and nothing that we can send changes that. A bridge of ours with several tunnels limits it to the
 *       users of one of them: V2Ray's portal gives new users to the tunnel with the fewest sessions.
 * </ul>
 */
class StoppedReaderIT {
    private static final MuxOptions OPTIONS = MuxOptions.DEFAULT.grace(Duration.ofSeconds(3));

    /** More than all sockets on the way hold. */
    private static final long FLOOD = 256L << 20;

    /** A read burst comes on top of the budget. */
    private static final int MOST_QUEUED = OPTIONS.tunnelQueueBytes() + (1 << 20);

    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);
    private final Crowd crowd = new Crowd();
    private final List<Socket> others = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Socket other : others) {
            other.close();
        }
        crowd.close();
        origin.close();
    }

    @Test
    void a_visitor_of_ours_stops_reading_and_is_ended_alone() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting).mux(OPTIONS).listener(heard).start();
                Bridge bridge = Ours.bridge(meeting).mux(OPTIONS).tunnels(2, 8).start()) {
            await().until(() -> portal.snapshot().tunnels().size() == 2);
            come(6);
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askForDownload(staller, FLOOD, 1);
                await().until(() -> isBlocked(portal.snapshot()));

                List<Future<String>> answers = ask("meanwhile");
                then(Client.get(meeting.visitors())).as("a new visitor").isEqualTo(Origin.BODY);
                await().until(() -> answers.stream().filter(Future::isDone).count() >= 2);
                then(isBlocked(portal.snapshot()))
                        .as("the tunnel is still stopped")
                        .isTrue();
                thenIsBounded(portal.snapshot());
                then(answers.stream().filter(answer -> !answer.isDone()).count())
                        .as("others of the same tunnel, who wait")
                        .isPositive();

                thenAllAreAnswered(answers);
                thenIsEndedAlone(staller, heard);
            }
            thenAllAreAnswered(ask("afterwards"));
            await().untilAsserted(() -> then(portal.snapshot().tunnels())
                    .extracting(TunnelSnapshot::queuedBytes)
                    .containsOnly(0));
            then(bridge.snapshot().tunnels())
                    .extracting(TunnelSnapshot::queuedBytes)
                    .containsOnly(0);
        }
    }

    @Test
    void an_origin_of_ours_stops_reading_and_its_user_is_ended_alone() throws Exception {
        try (Portal portal = Ours.portal(meeting).mux(OPTIONS).start()) {
            thenEndsTheUploaderAlone(() -> portal.snapshot());
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void an_origin_of_our_bridge_stops_reading_and_v2rays_portal_goes_on() throws Exception {
        try (End portal = Theirs.portal(meeting)::close) {
            thenEndsTheUploaderAlone(
                    () -> new NodeSnapshot(List.of(), List.of(), List.of(), 0, 0, 0, 0, 0, 0, 0, 0, Map.of()));
        }
    }

    private void thenEndsTheUploaderAlone(Supplier<NodeSnapshot> portal) throws Exception {
        Heard heard = new Heard();
        try (Bridge bridge = Ours.bridge(meeting).mux(OPTIONS).listener(heard).start()) {
            bridge.awaitReady(Duration.ofSeconds(10));
            come(3);
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askNeverToRead(staller);
                Future<?> upload = crowd.send(() -> {
                    new Flood(FLOOD).writeTo(staller.getOutputStream());
                    return null;
                });
                await().until(() -> isBlocked(bridge.snapshot()));
                List<Future<String>> answers = ask("meanwhile");
                thenIsBounded(bridge.snapshot());
                thenIsBounded(portal.get());

                thenAllAreAnswered(answers);
                thenIsEndedAlone(heard);
                then(Crowd.failures(List.of(upload)))
                        .as("what the uploader sees")
                        .hasSize(1);
            }
            thenAllAreAnswered(ask("afterwards"));
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void a_visitor_of_our_portal_stops_reading_and_v2rays_bridge_goes_on() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting).mux(OPTIONS).listener(heard).start();
                End bridge = Theirs.bridge(meeting)::close) {
            awaitTunnel();
            come(3);
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askForDownload(staller, FLOOD, 1);
                await().until(() -> isBlocked(portal.snapshot()));
                List<Future<String>> answers = ask("meanwhile");
                thenIsBounded(portal.snapshot());

                thenAllAreAnswered(answers);
                thenIsEndedAlone(staller, heard);
            }
            thenAllAreAnswered(ask("afterwards"));
        }
    }

    /** The others of that tunnel wait until he leaves; new users get another tunnel. Ours is not cut for it. */
    @Test
    @RequiresPeer("v2ray")
    void a_visitor_of_v2rays_portal_stops_reading_and_his_tunnel_waits_for_him() throws Exception {
        Heard heard = new Heard();
        try (End portal = Theirs.portal(meeting)::close;
                Bridge bridge =
                        Ours.bridge(meeting).mux(OPTIONS).listener(heard).start()) {
            awaitTunnel();
            come(1);
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askForDownload(staller, FLOOD, 1);
                awaitStandstill(bridge);

                thenWaits(others.get(0));
                then(heard.lines("down")).isEmpty();
            }
            then(new String(others.get(0).getInputStream().readNBytes(6), StandardCharsets.US_ASCII))
                    .isEqualTo("Elong?");
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void new_visitors_of_v2rays_portal_get_a_tunnel_that_does_not_wait() throws Exception {
        try (End portal = Theirs.portal(meeting)::close;
                Bridge bridge = Ours.bridge(meeting).mux(OPTIONS).tunnels(3, 8).start()) {
            awaitTunnel();
            await().until(() -> bridge.snapshot().tunnels().size() == 3);
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askForDownload(staller, FLOOD, 1);
                awaitStandstill(bridge);

                for (int i = 0; i < 20; i++) {
                    then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
                }
            }
        }
    }

    /**
     * The tunnel stands until the origin reads or closes, even if the user leaves, for V2Ray's bridge cannot hear that.
     * Our portal keeps its memory bounded, and does not cut the tunnel.
     */
    @Test
    @RequiresPeer("v2ray")
    void an_origin_of_v2rays_bridge_stops_reading_and_its_tunnel_waits_for_it() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting).mux(OPTIONS).listener(heard).start();
                End bridge = Theirs.bridge(meeting)::close) {
            awaitTunnel();
            come(1);
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askNeverToRead(staller);
                crowd.send(() -> {
                    new Flood(FLOOD).writeTo(staller.getOutputStream());
                    return null;
                });
                awaitStandstill(portal);
                thenIsBounded(portal.snapshot());

                thenWaits(others.get(0));
                then(heard.lines("down")).isEmpty();
            }
            origin.resetAll();
            awaitTunnel();
        }
    }

    /** Users who stay, each with a session of his own. */
    private void come(int users) throws IOException {
        for (int i = 0; i < users; i++) {
            Socket user = Client.connect(meeting.visitors());
            others.add(user);
            then(Client.echo(user, "hello")).isEqualTo("hello");
        }
    }

    private List<Future<String>> ask(String text) {
        return others.stream()
                .map(user -> crowd.send(() -> Client.echo(user, text)))
                .toList();
    }

    private static void thenAllAreAnswered(List<Future<String>> answers) throws InterruptedException {
        then(Crowd.failures(answers)).isEmpty();
    }

    private static void thenIsEndedAlone(Socket staller, Heard heard) throws IOException {
        Client.Transfer rest = Client.readToEnd(staller);
        then(rest.end()).isEqualTo(Client.End.RESET);
        then(rest.bytes()).isLessThan(FLOOD);
        thenIsEndedAlone(heard);
    }

    private static void thenIsEndedAlone(Heard heard) {
        then(heard.lines("protocol error")).hasSize(1).first().asString().contains("its reader took nothing");
        then(heard.lines("down")).isEmpty();
    }

    private static void thenWaits(Socket other) throws IOException {
        int patience = other.getSoTimeout();
        other.setSoTimeout((int) OPTIONS.grace().plusSeconds(1).toMillis());
        thenThrownBy(() -> Client.echo(other, "long?")).isInstanceOf(SocketTimeoutException.class);
        other.setSoTimeout(patience);
    }

    private static void thenIsBounded(NodeSnapshot node) {
        then(node.tunnels()).extracting(TunnelSnapshot::queuedBytes).allMatch(queued -> queued <= MOST_QUEUED);
    }

    private static boolean isBlocked(NodeSnapshot node) {
        return node.tunnels().stream().anyMatch(TunnelSnapshot::blocked);
    }

    /** Until no byte was sent between two looks, half a second apart. */
    private static void awaitStandstill(Portal portal) {
        awaitStandstill(() -> portal.snapshot());
    }

    private static void awaitStandstill(Bridge bridge) {
        awaitStandstill(() -> bridge.snapshot());
    }

    private static void awaitStandstill(Supplier<NodeSnapshot> node) {
        long[] before = {0};
        await().pollInterval(Duration.ofMillis(500)).until(() -> {
            long sent = node.get().tunnels().stream()
                    .mapToLong(TunnelSnapshot::bytesSent)
                    .sum();
            boolean stands = sent > 1 << 20 && sent - before[0] < 4_096; // heartbeats go on
            before[0] = sent;
            return stands;
        });
    }

    private void awaitTunnel() {
        await().atMost(Duration.ofSeconds(40))
                .ignoreExceptions()
                .untilAsserted(() -> then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY));
    }

    /** Bytes for nobody. */
    private record Flood(long bytes) {
        void writeTo(OutputStream output) throws IOException {
            byte[] block = new byte[64 * 1024];
            for (long left = bytes; left > 0; left -= block.length) {
                output.write(block);
            }
        }
    }
}
