package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Neighbour;
import dev.reversetunnel.Neighbour.Speed;
import dev.reversetunnel.interop.ChildJvm.Footprint;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Crowd;
import dev.reversetunnel.peers.Origin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Crowds that mean ill, before the ports of a portal that is a process of its own: what they can make it hold and do is
 * bounded, and a neighbour has at least four fifths of what he had alone. He wants little, see {@link Neighbour}:
 * crowd, origin and portal share the processors of this machine. Of three looks at him the best counts, for others use
 * them as well; for the same reason the short forms are content with a third of that.
 */
class AbuseIT {
    private static final int LOOKS = 3;
    private static final double LEAST = 0.8;

    /** In half a second on a machine that builds other things as well. */
    private static final double NOISE = 3;

    private static final Duration LOOK = Duration.ofMillis(500);
    private static final long MEBIBYTE = 1 << 20;
    private static final int SMALL_HEAP = 96;
    private static final int SMALL_BUFFER = 4 * 1024;

    /** More than all that is on the way of one session holds. */
    private static final long FLOOD = 64 * MEBIBYTE;

    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        origin.close();
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        open.add(closeable);
        return closeable;
    }

    /** Looks at him until he has enough, so often at most. */
    private static Speed best(Neighbour neighbour, Speed alone, Duration time, double least) throws IOException {
        Speed best = neighbour.asks(time);
        for (int look = 1; look < LOOKS && !isEnough(best, alone, least); look++) {
            Speed again = neighbour.asks(time);
            best = again.part() > best.part() ? again : best;
        }
        return best;
    }

    private static boolean isEnough(Speed beside, Speed alone, double least) {
        return beside.part() >= least * alone.part();
    }

    /** Called when he is alone again. */
    private static void thenHadEnough(String whom, Speed beside, Neighbour neighbour, Speed alone, double least)
            throws IOException {
        System.out.printf("abuse: beside %s the neighbour had %s, alone %s%n", whom, beside, alone);
        if (!isEnough(beside, alone, least)) {
            Speed aloneNow = neighbour.asks(LOOK); // others may have come to this machine
            then(beside.part()).as("%s, alone %s", beside, aloneNow).isGreaterThanOrEqualTo(least * aloneNow.part());
        }
    }

    // ---- before they have authenticated ----

    @Test
    void a_bridge_joins_beside_two_thousand_slow_handshakes() throws Exception {
        ChildJvm portal = opened(ChildJvm.start(PortalMain.class, meeting.arguments()));
        join();
        Footprint before = portal.settled();
        for (int i = 0; i < 2_000; i++) {
            Socket stranger = opened(new Socket());
            byte[] source = {127, 0, 1, (byte) (1 + i / 50)}; // fewer than one source may have
            stranger.bind(new InetSocketAddress(InetAddress.getByAddress(source), 0));
            stranger.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), meeting.bridges()));
            stranger.getOutputStream().write(i);
        }
        Duration joined = join();
        Footprint with = portal.settled();
        System.out.printf(
                "abuse: beside 2,000 slow handshakes a bridge joins in %d ms; they cost %,d KiB%n",
                joined.toMillis(), (with.bytes() - before.bytes()) >> 10);
        then(joined).isLessThan(Duration.ofSeconds(3)); // one, and a factor for the machine
        then(with.bytes() - before.bytes()).isLessThanOrEqualTo(8 * MEBIBYTE);
    }

    private Duration join() throws Exception {
        long began = System.nanoTime();
        try (Bridge bridge = Ours.bridge(meeting).start()) {
            bridge.awaitReady(Duration.ofSeconds(60));
            return Duration.ofNanos(System.nanoTime() - began);
        }
    }

    // ---- those who come and go ----

    @Test
    void a_thousand_connections_a_second_get_no_wrong_answer() throws Exception {
        connections(Duration.ofSeconds(1), LEAST / NOISE);
    }

    @Tag("long")
    @Test
    void ten_thousand_connections_in_ten_seconds_get_no_wrong_answer() throws Exception {
        connections(Duration.ofSeconds(10), LEAST);
    }

    private void connections(Duration time, double least) throws Exception {
        ChildJvm portal = opened(ChildJvm.start(PortalMain.class, meeting.arguments()));
        opened(ChildJvm.start(DrainedBridgeMain.class, meeting.arguments()));
        try (Neighbour neighbour = new Neighbour(meeting.visitors(), (byte) 'E');
                Crowd crowd = new Crowd()) {
            for (int port : new int[] {meeting.bridges(), meeting.visitors()}) {
                finished(rushing(crowd, port, Duration.ofMillis(500))); // warms up
                Speed alone = neighbour.asks(LOOK);
                Footprint before = portal.settled();
                List<Future<Integer>> users = rushing(crowd, port, time);
                String whom = "connections to the port of " + (port == meeting.bridges() ? "bridges" : "visitors");
                Speed beside = best(neighbour, alone, time.dividedBy(LOOKS), least);
                int served = finished(users);
                thenHadEnough(whom, beside, neighbour, alone, least);
                await().untilAsserted(() -> then(portal.liveHeap())
                        .as("live heap, before %d", before.heap())
                        .isLessThanOrEqualTo(before.heap() + before.heap() / 10));
                System.out.printf("abuse: %,d %s in %d s%n", served, whom, time.toSeconds());
            }
        }
    }

    private static int finished(List<Future<Integer>> users) throws Exception {
        int served = 0;
        for (Future<Integer> user : users) {
            served += user.get();
        }
        return served;
    }

    /** A thousand a second, by four of them. */
    private List<Future<Integer>> rushing(Crowd crowd, int port, Duration time) {
        List<Future<Integer>> users = new ArrayList<>();
        for (int user = 0; user < 4; user++) {
            users.add(crowd.send(() -> {
                long next = System.nanoTime();
                int served = 0;
                for (; served < time.toMillis() / 4; served++) {
                    LockSupport.parkNanos(next - System.nanoTime());
                    next += 4_000_000;
                    try (Socket somebody = Client.connect(port)) {
                        if (port == meeting.visitors()) {
                            then(Client.echo(somebody, "number " + served)).isEqualTo("number " + served);
                        } else {
                            somebody.getOutputStream().write(new byte[20]);
                            then(somebody.getInputStream().available()).isZero();
                        }
                    }
                }
                return served;
            }));
        }
        return users;
    }

    // ---- those who do not read ----

    /** Whoever runs out of memory ends; see {@link ChildJvm}. */
    @Tag("long")
    @Test
    void five_hundred_who_do_not_read_leave_memory_to_the_neighbour() throws Exception {
        ChildJvm portal = opened(ChildJvm.withBothCompilers(SMALL_HEAP, PortalMain.class, meeting.arguments()));
        ChildJvm bridge = opened(ChildJvm.withBothCompilers(SMALL_HEAP, DrainedBridgeMain.class, meeting.arguments()));
        Neighbour neighbour = opened(new Neighbour(meeting.visitors(), (byte) 'E'));
        neighbour.asks(LOOK); // warms up
        Speed alone = neighbour.asks(LOOK);
        Footprint before = portal.settled();
        for (int i = 0; i < 500; i++) {
            Socket staller = opened(new Socket());
            staller.setReceiveBufferSize(SMALL_BUFFER); // what fills it is no work of the portal's
            staller.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), meeting.visitors()));
            Client.askForDownload(staller, FLOOD, i);
        }
        awaitStandstill(portal);
        Speed beside = best(neighbour, alone, Duration.ofSeconds(10), LEAST);
        System.out.printf("abuse: beside 500 who do not read the neighbour had %s, alone %s%n", beside, alone);
        then(beside.part()).as("%s, alone %s", beside, alone).isGreaterThanOrEqualTo(LEAST * alone.part());
        long cost = portal.footprint().bytes() - before.bytes();
        System.out.printf("abuse: 500 who do not read cost %,d KiB at -Xmx%dm%n", cost >> 10, SMALL_HEAP);
        then(portal.said()).contains("memory for what waits is full");
        long budget = 2 * SMALL_HEAP * MEBIBYTE / 4; // of heap and what is beside, see LIMITS.md
        then(cost).as("bytes, in buffers that are not full").isLessThan(2 * budget);
        then(portal.isAlive()).as(portal.said()).isTrue();
        then(bridge.isAlive()).as(bridge.said()).isTrue();
    }

    /** The sockets on the way are full: the origin gets rid of nothing, and the portal has nothing to do. */
    private void awaitStandstill(ChildJvm portal) {
        AtomicLong seen = new AtomicLong();
        AtomicReference<Duration> worked = new AtomicReference<>(portal.cpu());
        await().atMost(Duration.ofMinutes(3)).pollInterval(LOOK).until(() -> {
            long now = origin.bytesSent();
            Duration cpu = portal.cpu();
            Duration work = cpu.minus(worked.getAndSet(cpu));
            return seen.getAndSet(now) == now && now > 0 && work.compareTo(LOOK.dividedBy(10)) < 0;
        });
    }

    // ---- what a process has ----

    @Test
    void a_portal_without_descriptors_does_not_spin_and_accepts_again() throws Exception {
        ChildJvm portal = opened(ChildJvm.withDescriptors(256, PortalMain.class, meeting.arguments()));
        opened(ChildJvm.start(DrainedBridgeMain.class, meeting.arguments()));
        thenGoesOnAfter(portal, "accepts nobody until some are free");
    }

    @Test
    void a_bridge_without_descriptors_does_not_spin_and_dials_again() throws Exception {
        opened(ChildJvm.start(PortalMain.class, meeting.arguments()));
        ChildJvm bridge = opened(ChildJvm.withDescriptors(256, DrainedBridgeMain.class, meeting.arguments()));
        thenGoesOnAfter(bridge, "the last file descriptors of this process are for others");
    }

    /** A thousand visitors come, of whom the process says so, and go. */
    private void thenGoesOnAfter(ChildJvm poor, String said) throws Exception {
        Neighbour neighbour = opened(new Neighbour(meeting.visitors(), (byte) 'E'));
        neighbour.asks(LOOK);
        Speed alone = neighbour.asks(LOOK);
        List<SocketChannel> crowd = new ArrayList<>();
        Speed beside;
        try {
            for (int i = 0; i < 1_000; i++) {
                SocketChannel user = SocketChannel.open();
                crowd.add(user);
                user.configureBlocking(false);
                user.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), meeting.visitors()));
            }
            await().until(() -> poor.said().contains(said));
            beside = best(neighbour, alone, LOOK, LEAST / NOISE);
            Duration before = poor.cpu();
            neighbour.asks(Duration.ofSeconds(1));
            Duration spent = poor.cpu().minus(before);
            System.out.printf("abuse: without descriptors a second costs %d ms%n", spent.toMillis());
            then(spent).as("processor time in a second").isLessThan(Duration.ofMillis(700));
        } finally {
            for (SocketChannel user : crowd) {
                user.close();
            }
        }
        long freed = System.nanoTime();
        await().ignoreExceptionsInstanceOf(SocketException.class) // a bridge refuses until there are some
                .until(() -> Client.get(meeting.visitors()).equals(Origin.BODY));
        Duration accepted = Duration.ofNanos(System.nanoTime() - freed);
        System.out.printf("abuse: %d ms after some are free a visitor is served%n", accepted.toMillis());
        then(accepted).isLessThan(Duration.ofSeconds(6)); // two, and a factor for the machine
        thenHadEnough("those for whom there are no descriptors", beside, neighbour, alone, LEAST / NOISE);
    }
}
