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
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What happens to the others when one reader stops, with V2Ray at the other end; between two ends of ours see
 * {@link NobodyStallsIT}.
 *
 * <p>Mux.cool has no flow control: whoever cannot get rid of a session's bytes can only stop reading the tunnel. So it
 * depends on whose end that is:
 *
 * <ul>
 *   <li>Ours (a visitor of our portal stops reading, or an origin behind our bridge): memory stays bounded, the others
 *       of that tunnel wait for the grace period at most, then the one who stopped is ended alone. Other tunnels notice
 *       nothing, and new visitors of our portal get one of those.
 *   <li>V2Ray's (a visitor of its portal, or an origin behind its bridge): the others of that tunnel wait for as long
 *       as he likes, and nothing that we can send changes that. The spare tunnels of our bridge limit it to the users
 *       of one of them, for V2Ray's portal gives new users to the tunnel with the fewest sessions. V2Ray's bridge, once
 *       an origin has stalled it, hears nothing any more, not even that the tunnel was reset.
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
    @RequiresPeer("v2ray")
    void an_origin_of_our_bridge_stops_reading_and_v2rays_portal_goes_on() throws Exception {
        try (End portal = Theirs.portal(meeting)::close) {
            thenEndsTheUploaderAlone();
        }
    }

    private void thenEndsTheUploaderAlone() throws Exception {
        Heard heard = new Heard();
        try (Bridge bridge =
                Ours.bridge(meeting).mux(OPTIONS).tunnels(1, 1).listener(heard).start()) {
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
                Bridge bridge = Ours.bridge(meeting)
                        .mux(OPTIONS)
                        .tunnels(1, 1)
                        .listener(heard)
                        .start()) {
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
    void new_visitors_of_v2rays_portal_get_a_spare_tunnel_that_does_not_wait() throws Exception {
        try (End portal = Theirs.portal(meeting)::close;
                Bridge bridge = Ours.bridge(meeting).mux(OPTIONS).start()) {
            awaitTunnel();
            await().until(() -> bridge.snapshot().tunnels().size() == 3);
            come(1);
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askForDownload(staller, FLOOD, 1);
                awaitStandstill(bridge);

                for (int i = 0; i < 20; i++) {
                    then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
                }
                thenAllAreAnswered(ask("who came before him"));
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

    // ---- how long the others wait ----

    /** A visitor of our portal stops reading; V2Ray's bridge sends him what nobody takes. */
    @Test
    @RequiresPeer("v2ray")
    void twenty_who_ping_and_two_who_download_wait_for_a_visitor_of_ours_once() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting).mux(OPTIONS).listener(heard).start();
                End bridge = Theirs.bridge(meeting)::close) {
            awaitTunnel();
            // Comes first: beyond 16 sessions V2Ray's bridge opens another tunnel.
            try (Socket staller = Client.connect(meeting.visitors())) {
                List<Regular> regulars = comeRegularly();
                Client.askForDownload(staller, FLOOD, 1);
                await().until(() -> isBlocked(portal.snapshot()));
                thenWaitOnce(regulars, heard);
            }
        }
    }

    /** An origin behind our bridge stops reading; V2Ray's portal sends it what nobody takes. All in one tunnel. */
    @Test
    @RequiresPeer("v2ray")
    void twenty_who_ping_and_two_who_download_wait_for_an_origin_of_ours_once() throws Exception {
        Heard heard = new Heard();
        try (End portal = Theirs.portal(meeting)::close;
                Bridge bridge = Ours.bridge(meeting)
                        .mux(OPTIONS)
                        .tunnels(1, 1)
                        .listener(heard)
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(10));
            awaitTunnel();
            try (Socket staller = Client.connect(meeting.visitors())) {
                List<Regular> regulars = comeRegularly();
                Client.askNeverToRead(staller);
                crowd.send(() -> {
                    new Flood(FLOOD).writeTo(staller.getOutputStream());
                    return null;
                });
                await().until(() -> isBlocked(bridge.snapshot()));
                thenWaitOnce(regulars, heard);
            }
        }
    }

    /** Twenty who ping, and two who download. */
    private List<Regular> comeRegularly() throws IOException {
        List<Regular> regulars = new ArrayList<>();
        for (int i = 0; i < 22; i++) {
            Socket socket = Client.connect(meeting.visitors());
            others.add(socket);
            Regular regular = new Regular();
            regulars.add(regular);
            if (i < 20) {
                crowd.send(() -> regular.ping(socket));
            } else {
                crowd.send(() -> regular.download(socket));
            }
        }
        await().until(() -> regulars.stream().allMatch(Regular::isServed));
        return regulars;
    }

    private static void thenWaitOnce(List<Regular> regulars, Heard heard) {
        await().until(() -> !heard.lines("protocol error").isEmpty());
        thenIsEndedAlone(heard);
        List<Long> served = regulars.stream().map(Regular::served).toList();
        await().untilAsserted(() -> {
            for (int i = 0; i < regulars.size(); i++) {
                then(regulars.get(i).served()).isGreaterThan(served.get(i));
            }
        });
        // and nobody stalls them a second time
        await().during(OPTIONS.grace())
                .atMost(OPTIONS.grace().multipliedBy(4))
                .until(() -> regulars.stream().allMatch(regular -> regular.waits() <= 1));
        thenIsEndedAlone(heard);
        Duration longest =
                regulars.stream().map(Regular::longest).max(Duration::compareTo).orElseThrow();
        System.out.println("others waited for " + longest.toMillis() + " ms at most, of a grace period of "
                + OPTIONS.grace().toMillis() + " ms");
        then(longest).isLessThanOrEqualTo(OPTIONS.grace().plusSeconds(1));
    }

    /** A user who is served again and again; knows how long he had to wait. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // served by one thread, looked at by another
    private static final class Regular {
        /** Half of the grace period is no hiccup of a busy machine. */
        private static final long WAIT_NANOS = OPTIONS.grace().toNanos() / 2;

        private volatile long lastNanos = System.nanoTime();
        private volatile long longestNanos;
        private volatile int waits;
        private volatile long served;

        Void ping(Socket socket) throws IOException {
            while (true) {
                then(Client.echo(socket, "ping")).isEqualTo("ping");
                served(1);
            }
        }

        Void download(Socket socket) throws IOException {
            Client.askForDownload(socket, Long.MAX_VALUE, 3);
            byte[] block = new byte[64 * 1024];
            while (true) {
                served(socket.getInputStream().readNBytes(block, 0, block.length));
            }
        }

        private void served(long amount) {
            long now = System.nanoTime();
            long waited = now - lastNanos;
            lastNanos = now;
            if (served > 0) { // the first time is for coming in
                longestNanos = Math.max(longestNanos, waited);
                waits += waited > WAIT_NANOS ? 1 : 0;
            }
            served += amount;
        }

        boolean isServed() {
            return served > 0;
        }

        long served() {
            return served;
        }

        int waits() {
            return waits;
        }

        Duration longest() {
            return Duration.ofNanos(longestNanos);
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
