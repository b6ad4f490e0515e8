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
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/**
 * What happens to the others when one reader stops, with a peer at the other end that is not ours; between two ends of
 * ours see {@link NobodyStallsIT}.
 *
 * <p>Mux.cool has no flow control: whoever cannot get rid of a session's bytes can only stop reading the tunnel. So it
 * depends on whose end that is:
 *
 * <ul>
 *   <li>Ours (a visitor of our portal stops reading, or an origin behind our bridge): memory stays bounded, the others
 *       of that tunnel wait for the grace period at most, then the one who stopped is ended alone. Other tunnels notice
 *       nothing, and new visitors of our portal get one of those.
 *   <li>Theirs (a visitor of V2Ray 4.34's or Xray 26.7's portal, or an origin behind its bridge): the others of that
 *       tunnel wait for as long as he likes, and nothing that we can send changes that. It is limited to the users of
 *       one tunnel: our bridge keeps spare ones, for such a portal gives new users to the tunnel with the fewest
 *       sessions; our portal asks such a bridge for one, and when who sent to the stalled origin has gone, the others
 *       are reset after the grace period, and get that. Such a bridge, once an origin has stalled it, hears nothing any
 *       more by that tunnel, not even that it was reset.
 * </ul>
 */
@Tag("alone")
abstract class StoppedReaders {
    static final MuxOptions OPTIONS = MuxOptions.DEFAULT.grace(Duration.ofSeconds(3));

    /** More than all sockets on the way hold. */
    static final long FLOOD = 256L << 20;

    /** A read burst comes on top of the budget. */
    private static final int MOST_QUEUED = OPTIONS.tunnelQueueBytes() + (1 << 20);

    final Origin origin = Origin.start();
    final Meeting meeting = Meeting.at(origin);
    final Crowd crowd = new Crowd();
    final List<Socket> others = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Socket other : others) {
            other.close();
        }
        crowd.close();
        origin.close();
    }

    // ---- the ends; V2Ray's, unless a class says otherwise ----

    Portal.Builder ourPortal() {
        return Ours.portal(meeting);
    }

    Bridge.Builder ourBridge() {
        return Ours.bridge(meeting);
    }

    End theirPortal() {
        return Theirs.portal(meeting)::close;
    }

    End theirBridge() {
        return Theirs.bridge(meeting)::close;
    }

    // ---- what holds with each of them ----

    final void anOriginOfOursStops() throws Exception {
        try (End portal = theirPortal()) {
            thenEndsTheUploaderAlone();
        }
    }

    final void thenEndsTheUploaderAlone() throws Exception {
        Heard heard = new Heard();
        try (Bridge bridge =
                ourBridge().mux(OPTIONS).tunnels(1, 1).listener(heard).start()) {
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

    final void aVisitorOfOursStops() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = ourPortal().mux(OPTIONS).listener(heard).start();
                End bridge = theirBridge()) {
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

    final void aVisitorOfTheirsStops() throws Exception {
        try (End portal = theirPortal();
                Bridge bridge = ourBridge().mux(OPTIONS).start()) {
            awaitTunnel();
            await().until(() -> bridge.snapshot().tunnels().size() == 3);
            come(1);
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askForDownload(staller, FLOOD, 1);
                awaitStandstill(bridge);

                thenNewOnesAreServedSoon();
                thenAllAreAnswered(ask("who came before him"));
            }
        }
    }

    /** Who sent to it is there at first, then not. */
    final void anOriginOfTheirsStops() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = ourPortal().mux(OPTIONS).listener(heard).start();
                End bridge = theirBridge()) {
            awaitSpare(portal);
            come(3);
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askNeverToRead(staller);
                Future<?> flood = crowd.send(() -> {
                    new Flood(FLOOD).writeTo(staller.getOutputStream());
                    return null;
                });
                awaitStandstill(portal);
                thenIsBounded(portal.snapshot());
                thenNewOnesAreServedSoon();
                awaitTunnels(portal, 3); // one stalled, one that serves, and its spare
                then(heard.lines("down")).isEmpty();

                staller.setSoLinger(true, 0);
                staller.close();
                then(Crowd.failures(List.of(flood))).hasSize(1);
            }
            long left = System.nanoTime();
            await().until(() -> !heard.lines("down").isEmpty());
            Duration waited = Duration.ofNanos(System.nanoTime() - left);
            thenNewOnesAreServedSoon();
            System.out.println(getClass().getSimpleName() + ": " + waited.toMillis()
                    + " ms after its visitor had gone nobody stood still any more, of a grace period of "
                    + OPTIONS.grace().toMillis() + " ms");
            then(waited).isLessThan(OPTIONS.grace().multipliedBy(2)); // once, on an idle machine
            then(heard.lines("down")).hasSize(1).first().asString().contains("has stopped reading");
            thenAreAnsweredOrReset(ask("still there?"));
            then(heard.lines("protocol error")).isEmpty();
            then(portal.snapshot().tunnels()).hasSizeGreaterThanOrEqualTo(2);
        }
    }

    /** Without being asked, such a bridge opens one. */
    final void awaitSpare(Portal portal) {
        awaitTunnels(portal, 2);
        await().until(() -> portal.snapshot().tunnels().stream().allMatch(tunnel -> tunnel.openSessions() < 5));
    }

    private void awaitTunnels(Portal portal, int tunnels) {
        await().atMost(Duration.ofSeconds(40))
                .until(() -> portal.snapshot().tunnels().size() >= tunnels);
    }

    /** Ten of ten within a second, which a busy machine may make three of. */
    final void thenNewOnesAreServedSoon() throws IOException {
        for (int i = 0; i < 10; i++) {
            long began = System.nanoTime();
            then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
            then(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
        }
    }

    /** Reset are those who shared the tunnel of who stopped, if any did. */
    private static void thenAreAnsweredOrReset(List<Future<String>> answers) throws InterruptedException {
        then(Crowd.failures(answers)).allMatch(failure -> failure.contains("reset"));
    }

    // ---- how it is seen ----

    /** Twenty who ping, and two who download. */
    List<Regular> comeRegularly() throws IOException {
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

    static void thenWaitOnce(List<Regular> regulars, Heard heard) {
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
    static final class Regular {
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
    void come(int users) throws IOException {
        for (int i = 0; i < users; i++) {
            Socket user = Client.connect(meeting.visitors());
            others.add(user);
            then(Client.echo(user, "hello")).isEqualTo("hello");
        }
    }

    List<Future<String>> ask(String text) {
        return others.stream()
                .map(user -> crowd.send(() -> Client.echo(user, text)))
                .toList();
    }

    static void thenAllAreAnswered(List<Future<String>> answers) throws InterruptedException {
        then(Crowd.failures(answers)).isEmpty();
    }

    static void thenIsEndedAlone(Socket staller, Heard heard) throws IOException {
        Client.Transfer rest = Client.readToEnd(staller);
        then(rest.end()).isEqualTo(Client.End.RESET);
        then(rest.bytes()).isLessThan(FLOOD);
        thenIsEndedAlone(heard);
    }

    static void thenIsEndedAlone(Heard heard) {
        then(heard.lines("protocol error")).hasSize(1).first().asString().contains("its reader took nothing");
        then(heard.lines("down")).isEmpty();
    }

    static void thenWaits(Socket other) throws IOException {
        int patience = other.getSoTimeout();
        other.setSoTimeout((int) OPTIONS.grace().plusSeconds(1).toMillis());
        thenThrownBy(() -> Client.echo(other, "long?")).isInstanceOf(SocketTimeoutException.class);
        other.setSoTimeout(patience);
    }

    static void thenIsBounded(NodeSnapshot node) {
        then(node.tunnels()).extracting(TunnelSnapshot::queuedBytes).allMatch(queued -> queued <= MOST_QUEUED);
    }

    static boolean isBlocked(NodeSnapshot node) {
        return node.tunnels().stream().anyMatch(TunnelSnapshot::blocked);
    }

    /** Until no byte was sent between two looks, half a second apart. */
    static void awaitStandstill(Portal portal) {
        awaitStandstill(() -> portal.snapshot());
    }

    static void awaitStandstill(Bridge bridge) {
        awaitStandstill(() -> bridge.snapshot());
    }

    static void awaitStandstill(Supplier<NodeSnapshot> node) {
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

    void awaitTunnel() {
        await().atMost(Duration.ofSeconds(40))
                .ignoreExceptions()
                .untilAsserted(() -> then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY));
    }

    /** Bytes for nobody. */
    record Flood(long bytes) {
        void writeTo(OutputStream output) throws IOException {
            byte[] block = new byte[64 * 1024];
            for (long left = bytes; left > 0; left -= block.length) {
                output.write(block);
            }
        }
    }
}
