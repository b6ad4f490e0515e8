package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Crowd;
import dev.reversetunnel.peers.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Our ends, each in a process of its own, under transfers with checksums in both directions. One of them is killed with
 * {@code kill -9} at a random moment and started again at once, ten times or {@code -Dinterop.loadedKills}: soon a
 * request works again, nobody got a wrong byte, and the one that lived has no session and no socket more than before.
 *
 * <p>The time is counted from the moment at which the killed end is back, so that the start of a JVM is left out: the
 * portal listens; the bridge has been started, and is dialling.
 */
@Timeout(3_600)
class KilledUnderLoadIT {
    private static final int USERS = 6;
    private static final long LARGEST = 2 << 20;
    private static final long SEED = 42;

    /** Three times what is aimed at, for this machine runs both ends, all users, and perhaps others beside. */
    private static final double P50_SECONDS = 1.5;

    private static final double P99_SECONDS = 6;

    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);
    private final Crowd crowd = new Crowd();
    private final CheckedTransfers transfers = new CheckedTransfers();
    private final AtomicBoolean over = new AtomicBoolean();

    @AfterEach
    void close() {
        over.set(true);
        crowd.close();
        origin.close();
    }

    @Test
    void a_bridge_that_is_killed_is_back_soon() throws Exception {
        try (ChildJvm portal = portal(meeting)) {
            killed("bridge", portal, KilledUnderLoadIT::bridge);
        }
    }

    @Test
    void a_portal_that_is_killed_is_back_soon() throws Exception {
        try (ChildJvm bridge = bridge(meeting)) {
            killed("portal", bridge, KilledUnderLoadIT::portal);
        }
    }

    private static ChildJvm portal(Meeting where) {
        return ChildJvm.start(PortalMain.class, where.arguments());
    }

    private static ChildJvm bridge(Meeting where) {
        return ChildJvm.start(BridgeMain.class, where.arguments());
    }

    private void killed(String which, ChildJvm survivor, Function<Meeting, ChildJvm> starting) throws Exception {
        ChildJvm victim = starting.apply(meeting);
        try {
            untilAnswered();
            long before = sockets(survivor);
            List<Future<?>> users = new ArrayList<>();
            for (int i = 0; i < USERS; i++) {
                SplittableRandom random = new SplittableRandom(SEED + i);
                users.add(crowd.send(() -> transfer(random)));
            }
            SplittableRandom random = new SplittableRandom(SEED);
            List<Double> seconds = new ArrayList<>();
            for (int i = 0; i < Amount.loadedKills(); i++) {
                awaitTransfers(transfers.right() + 1 + random.nextInt(2 * USERS));
                LockSupport.parkNanos(random.nextLong(20_000_000)); // in the middle of any byte
                victim.close();
                victim = starting.apply(meeting);
                seconds.add(untilAnswered());
            }
            over.set(true);
            then(Crowd.failures(users)).isEmpty();
            Recovery recovery = Recovery.of(seconds);
            System.out.println("ours with ours under load, " + which + " killed " + recovery + "; " + transfers);

            then(transfers.wrong()).isEmpty();
            then(recovery.p50()).isLessThanOrEqualTo(P50_SECONDS);
            then(recovery.p99()).isLessThanOrEqualTo(P99_SECONDS);
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                then(survivor.sessions()).as("sessions of the one that lived").isZero();
                then(sockets(survivor)).as("its sockets").isLessThanOrEqualTo(before);
            });
        } finally {
            victim.close();
        }
    }

    private Void transfer(SplittableRandom random) {
        while (!over.get()) {
            if (!transfers.go(meeting.visitors(), LARGEST, random)) {
                LockSupport.parkNanos(50_000_000); // nobody may be there for a moment
            }
        }
        return null;
    }

    private void awaitTransfers(long right) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> transfers.right() >= right);
    }

    /** How many seconds until a request is answered. */
    private double untilAnswered() {
        long start = System.nanoTime();
        await().atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .ignoreExceptions()
                .untilAsserted(() -> then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY));
        return (System.nanoTime() - start) / 1e9;
    }

    /** How many sockets it has; 0 where the operating system does not tell. Jars are opened when they are needed. */
    private static long sockets(ChildJvm child) throws Exception {
        Path open = Path.of("/proc", String.valueOf(child.pid()), "fd");
        if (!Files.isDirectory(open)) {
            return 0;
        }
        try (Stream<Path> all = Files.list(open)) {
            return all.filter(KilledUnderLoadIT::isSocket).count();
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }
}
