package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
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
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Between two ends of ours, a reader who stops is noticed by nobody in his tunnel: twenty who ping, two who download,
 * and ten who come new. The figures are compared within one run, with those of the same crowd without him; they are
 * between sockets of this machine, and generous.
 */
@Tag("alone")
class NobodyStallsIT {
    /** More than all sockets on the way hold. */
    private static final long FLOOD = 64L << 20;

    private static final long DOWNLOAD = 32L << 20;
    private static final int PINGERS = 20;
    private static final int PINGS = 50;
    private static final int DOWNLOADERS = 2;
    private static final int NEWCOMERS = 10;
    private static final int ROUNDS = 5;
    private static final double KEPT = 0.8;
    private static final int SLOWER = 5;
    private static final double UNNOTICED_MILLIS = 20;

    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);
    private final Crowd crowd = new Crowd();
    private final List<Socket> pingers = new ArrayList<>();

    /** What a crowd saw. */
    private record Seen(double pingP99, double downloadMibPerSecond) {}

    @AfterEach
    void close() throws IOException {
        for (Socket pinger : pingers) {
            pinger.close();
        }
        crowd.close();
        origin.close();
    }

    @Test
    void a_visitor_who_stops_reading() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting).listener(heard).start();
                Bridge bridge = Ours.bridge(meeting).tunnels(1, 1).start()) {
            come(portal);
            List<Seen> without = rounds();
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askForDownload(staller, FLOOD, 1);
                awaitQueued(portal);
                thenIsTheSame("visitor", without, rounds());
                thenIsBoundedAndGoesOn(portal.snapshot());

                Client.Transfer rest = Client.readToEnd(staller);
                then(rest.end()).as("he may take his time").isEqualTo(Client.End.CLEAN);
                then(rest.sha256()).isEqualTo(Client.sha256(FLOOD, 1));
            }
            then(heard.lines("protocol error")).isEmpty();
            then(bridge.snapshot().tunnels())
                    .extracting(TunnelSnapshot::blocked)
                    .containsOnly(false);
        }
    }

    @Test
    void an_origin_that_stops_reading() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting).start();
                Bridge bridge =
                        Ours.bridge(meeting).tunnels(1, 1).listener(heard).start()) {
            come(portal);
            List<Seen> without = rounds();
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askNeverToRead(staller);
                crowd.send(() -> {
                    staller.getOutputStream().write(new byte[(int) FLOOD]);
                    return null;
                });
                awaitQueued(bridge);
                thenIsTheSame("origin", without, rounds());
                thenIsBoundedAndGoesOn(bridge.snapshot());
                staller.setSoLinger(true, 0); // else his end would wait behind what he has sent
            }
            // His leaving is heard at once, and what waited for the origin is thrown away.
            await().until(() -> queued(bridge.snapshot()) == 0);
            then(heard.lines("protocol error")).isEmpty();
            then(portal.snapshot().tunnels())
                    .extracting(TunnelSnapshot::blocked)
                    .containsOnly(false);
        }
    }

    private void come(Portal portal) throws IOException {
        await().until(() -> portal.snapshot().tunnels().size() == 1);
        for (int i = 0; i < PINGERS; i++) {
            Socket pinger = Client.connect(meeting.visitors());
            pingers.add(pinger);
            then(Client.echo(pinger, "hello")).isEqualTo("hello");
        }
    }

    private static void awaitQueued(Portal node) {
        awaitQueued(() -> node.snapshot());
    }

    private static void awaitQueued(Bridge node) {
        awaitQueued(() -> node.snapshot());
    }

    /** Until what waits for the staller grows no more. */
    private static void awaitQueued(java.util.function.Supplier<NodeSnapshot> node) {
        int[] before = {0};
        await().pollInterval(Duration.ofMillis(200)).until(() -> {
            int queued = queued(node.get());
            boolean stands = queued > 0 && queued == before[0];
            before[0] = queued;
            return stands;
        });
    }

    private List<Seen> rounds() throws Exception {
        List<Seen> seen = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            seen.add(round());
        }
        return seen;
    }

    private Seen round() throws Exception {
        List<Future<Client.Transfer>> downloads = new ArrayList<>();
        long began = System.nanoTime();
        for (int i = 0; i < DOWNLOADERS; i++) {
            long seed = i;
            downloads.add(crowd.send(() -> Client.download(meeting.visitors(), DOWNLOAD, seed)));
        }
        List<Future<double[]>> pings = new ArrayList<>();
        for (Socket pinger : pingers) {
            pings.add(crowd.send(() -> ping(pinger)));
        }
        for (int i = 0; i < NEWCOMERS; i++) {
            then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
        }
        for (Future<Client.Transfer> download : downloads) {
            then(download.get().bytes()).isEqualTo(DOWNLOAD);
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        double[] all = new double[PINGERS * PINGS];
        int at = 0;
        for (Future<double[]> ping : pings) {
            for (double millis : ping.get()) {
                all[at++] = millis;
            }
        }
        Arrays.sort(all);
        return new Seen(all[(int) (all.length * 0.99)], DOWNLOADERS * (DOWNLOAD >> 20) / seconds);
    }

    private static double[] ping(Socket pinger) throws IOException {
        double[] millis = new double[PINGS];
        for (int i = 0; i < PINGS; i++) {
            long began = System.nanoTime();
            then(Client.echo(pinger, "ping")).isEqualTo("ping");
            millis[i] = (System.nanoTime() - began) / 1e6;
        }
        return millis;
    }

    private static void thenIsTheSame(String staller, List<Seen> without, List<Seen> beside) {
        double undisturbed = median(without.stream().mapToDouble(Seen::pingP99).toArray());
        double ping = beside.stream().mapToDouble(Seen::pingP99).min().orElseThrow();
        double before =
                median(without.stream().mapToDouble(Seen::downloadMibPerSecond).toArray());
        double speed =
                beside.stream().mapToDouble(Seen::downloadMibPerSecond).max().orElseThrow();
        System.out.printf(
                "NobodyStallsIT, %s stops: ping p99 %.1f ms (without %.1f), downloads %.0f MiB/s (without %.0f)%n",
                staller, ping, undisturbed, speed, before);
        then(ping).as("ping p99").isLessThanOrEqualTo(Math.max(UNNOTICED_MILLIS, SLOWER * undisturbed));
        then(speed).as("downloads").isGreaterThanOrEqualTo(KEPT * before);
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    /** Of all tunnels: one of VMess is replaced when it has carried half of what it may. */
    private static int queued(NodeSnapshot node) {
        return node.tunnels().stream().mapToInt(TunnelSnapshot::queuedBytes).sum();
    }

    private static void thenIsBoundedAndGoesOn(NodeSnapshot node) {
        then(queued(node)).isPositive().isLessThanOrEqualTo(MuxOptions.DEFAULT.tunnelQueueBytes());
        then(node.tunnels()).extracting(TunnelSnapshot::blocked).containsOnly(false);
    }
}
