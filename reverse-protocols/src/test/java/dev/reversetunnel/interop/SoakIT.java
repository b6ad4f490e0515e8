package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.lab.FaultProxy;
import dev.reversetunnel.lab.Faults;
import dev.reversetunnel.lab.Side;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Transfers with checksums for a long time, over networks that break in all ways at random, while ends are killed: what
 * arrives is right, or its user sees an error; afterwards all works again, and memory has not grown, and no event loop
 * was held up. Ends are processes of their own: one pair lives all the time, and its heap is measured; the ends of the
 * other one are killed by turns. {@code -Psoak} runs it, for three minutes or {@code -Dsoak.seconds}.
 */
@Tag("soak")
class SoakIT {
    private static final long SEED = 42;
    private static final int VISITORS = 6;
    private static final long LARGEST = 2 << 20;

    /** By chance, one of a hundred transfers meets a fault of a whole connection. */
    private static final double FAULTS = 0.01;

    private static final int SAMPLES = 24;

    /** Three times what it is on a machine of which nobody else wants anything. */
    private static final Duration LOOP_LAG = Duration.ofMillis(60);

    private static final List<Consumer<Faults>> WEATHER = List.of(
            Faults::clear,
            way -> way.clear().delay(Duration.ofMillis(20)).jitter(Duration.ofMillis(20)),
            way -> way.clear().split(1, 2_000),
            way -> way.clear().stall(1 << 20, Duration.ofMillis(300)),
            way -> way.clear().throttle(4_000_000));

    private static final List<Consumer<FaultProxy>> BLOWS = List.of(
            FaultProxy::reset,
            FaultProxy::cut,
            line -> line.toTarget().resetOnceAfter(50_000),
            line -> line.fromTarget().resetOnceAfter(50_000),
            line -> line.halfOpen(Side.CLIENT));

    private final Origin origin = Origin.start();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CheckedTransfers transfers = new CheckedTransfers();
    private final AtomicInteger kills = new AtomicInteger();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        threads.shutdownNow();
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        origin.close();
    }

    /** A portal, a bad network, a bridge; either end may be replaced. */
    private final class Pair {
        final Meeting meeting = Meeting.at(origin);
        final FaultProxy line = FaultProxy.to(meeting.bridges());
        volatile ChildJvm portal = portal();
        volatile ChildJvm bridge = bridge();

        Pair() {
            open.add(line);
            open.add(() -> portal.close());
            open.add(() -> bridge.close());
        }

        private ChildJvm portal() {
            return ChildJvm.start(PortalMain.class, meeting.arguments());
        }

        private ChildJvm bridge() {
            return ChildJvm.start(BridgeMain.class, meeting.bridges(line.port()).arguments());
        }

        void killOne() {
            if (kills.getAndIncrement() % 2 == 0) {
                bridge.close();
                bridge = bridge();
            } else {
                portal.close();
                portal = portal();
            }
        }

        /** Works, and without anybody's help. */
        void awaitRequest() {
            await().atMost(Duration.ofSeconds(60))
                    .ignoreExceptions()
                    .untilAsserted(() -> then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY));
        }
    }

    private static int seconds() {
        String set = System.getProperty("soak.seconds", "");
        return set.isEmpty() ? 180 : Integer.parseInt(set);
    }

    @Test
    void what_arrives_is_right_and_memory_does_not_grow() {
        Pair lasting = new Pair();
        Pair dying = new Pair();
        lasting.awaitRequest();
        dying.awaitRequest();
        long end = System.nanoTime() + Duration.ofSeconds(seconds()).toNanos();
        List<CompletableFuture<Void>> visitors = new ArrayList<>();
        for (int i = 0; i < VISITORS; i++) {
            long seed = SEED + i;
            Pair pair = i % 2 == 0 ? lasting : dying;
            visitors.add(CompletableFuture.runAsync(() -> visit(pair, seed, end), threads));
        }
        List<Long> portalHeaps = new ArrayList<>();
        List<Long> bridgeHeaps = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(SEED);
        long step = Duration.ofSeconds(seconds()).toNanos() / SAMPLES;
        for (long next = System.nanoTime() + step; next < end; next += step) {
            lasting.line.both(WEATHER.get(random.nextInt(WEATHER.size())));
            dying.line.both(WEATHER.get(random.nextInt(WEATHER.size())));
            dying.killOne();
            long until = next;
            await().pollInterval(Duration.ofMillis(20)).forever().until(() -> System.nanoTime() - until >= 0);
            portalHeaps.add(lasting.portal.liveHeap());
            bridgeHeaps.add(lasting.bridge.liveHeap());
        }
        visitors.forEach(CompletableFuture::join);
        Duration portalLag = lasting.portal.loopLag();
        Duration bridgeLag = lasting.bridge.loopLag();
        for (Pair pair : List.of(lasting, dying)) {
            pair.line.clear();
            pair.line.reset();
            pair.awaitRequest();
        }
        System.out.printf(
                "soak: %d s, %s, %d kills, %d tunnels; live heap of the first and last quarter: portal %d and %d KiB,"
                        + " bridge %d and %d KiB; loops late by p99 %.1f ms at the portal, %.1f ms at the bridge%n",
                seconds(),
                transfers,
                kills.get(),
                lasting.line.accepted() + dying.line.accepted(),
                first(portalHeaps) >> 10,
                last(portalHeaps) >> 10,
                first(bridgeHeaps) >> 10,
                last(bridgeHeaps) >> 10,
                portalLag.toNanos() / 1e6,
                bridgeLag.toNanos() / 1e6);
        then(transfers.wrong()).isEmpty();
        then(transfers.right()).isGreaterThan(transfers.broken());
        then(portalLag).as("lag of the portal's loops").isLessThan(LOOP_LAG);
        then(bridgeLag).as("lag of the bridge's loops").isLessThan(LOOP_LAG);
        await().atMost(Duration.ofSeconds(30)).until(() -> lasting.portal.sessions() == 0);
        await().atMost(Duration.ofSeconds(30)).until(() -> lasting.bridge.sessions() == 0);
        then(kills.get()).isPositive();
        then(last(portalHeaps)).as("live heap of the portal").isLessThan(first(portalHeaps) * 105 / 100);
        then(last(bridgeHeaps)).as("live heap of the bridge").isLessThan(first(bridgeHeaps) * 105 / 100);
    }

    private void visit(Pair pair, long seed, long end) {
        SplittableRandom random = new SplittableRandom(seed);
        while (System.nanoTime() - end < 0) {
            if (random.nextDouble() < FAULTS) {
                BLOWS.get(random.nextInt(BLOWS.size())).accept(pair.line);
            }
            if (!transfers.go(pair.meeting.visitors(), LARGEST, random)) {
                pair.awaitRequest(); // an end that was killed takes a while to come back
            }
        }
    }

    /** The middle one of a quarter's samples; one alone may have met a transfer. */
    private static long middle(List<Long> samples) {
        return samples.stream().sorted(Comparator.naturalOrder()).toList().get(samples.size() / 2);
    }

    private static long first(List<Long> samples) {
        return middle(samples.subList(0, samples.size() / 4));
    }

    private static long last(List<Long> samples) {
        return middle(samples.subList(samples.size() * 3 / 4, samples.size()));
    }
}
