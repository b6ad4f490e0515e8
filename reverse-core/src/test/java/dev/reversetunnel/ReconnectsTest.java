package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.lab.FaultProxy;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A bridge loses its tunnel again and again: threads and descriptors are as before, and so is the heap. 200 times, or
 * {@code -Dintegrity.reconnects}; 10,000 with {@code -Plong}.
 */
class ReconnectsTest {
    private static final int RECONNECTS = (int) IntegrityTest.number("integrity.reconnects", 200);

    /** Until each class is loaded, and each pool as large as it gets. */
    private static final int WARM = 100;

    private record Used(long threads, long descriptors, long heap) {
        static Used now() {
            return new Used(aliveThreads(), openDescriptors(), usedHeap());
        }

        /** All but those of the origin, which stay for a minute after its last visitor. */
        private static long aliveThreads() {
            return Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> !thread.getName().startsWith("pool-"))
                    .count();
        }

        private static long openDescriptors() {
            return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                    ? unix.getOpenFileDescriptorCount()
                    : 0;
        }

        /** The least of some: other things live in this JVM. */
        private static long usedHeap() {
            long least = Long.MAX_VALUE;
            for (int i = 0; i < 3; i++) {
                System.gc();
                least = Math.min(
                        least,
                        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
            }
            return least;
        }
    }

    @Test
    void tunnels_that_are_lost_leave_nothing_behind() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = Tunnels.portal();
                FaultProxy line = FaultProxy.to(portal.port("tunnels"));
                Bridge bridge = Tunnels.ready(Tunnels.bridge(line.port()).forward("127.0.0.1", origin.port()))) {
            reconnect(portal, line, WARM);
            Used before = settled(portal);
            long tunnels = line.accepted();
            reconnect(portal, line, RECONNECTS);
            Used after = settled(portal);
            System.out.printf(
                    "%d reconnects: threads %d and %d, descriptors %d and %d, heap %d and %d KiB%n",
                    line.accepted() - tunnels,
                    before.threads(),
                    after.threads(),
                    before.descriptors(),
                    after.descriptors(),
                    before.heap() >> 10,
                    after.heap() >> 10);
            then(line.accepted() - tunnels).isGreaterThanOrEqualTo(RECONNECTS);
            then(after.threads()).isLessThanOrEqualTo(before.threads());
            then(after.descriptors()).isLessThanOrEqualTo(before.descriptors());
            then(after.heap()).isLessThanOrEqualTo(before.heap() * 105 / 100);
            then(bridge.snapshot().tunnels()).hasSize(1);
        }
    }

    /** Each tunnel serves somebody, so the next attempt is made at once. */
    private static void reconnect(Portal portal, FaultProxy line, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            try (Socket visitor = Tunnels.visit(portal)) {
                then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
                line.reset();
                thenThrownBy(() -> visitor.getInputStream().read()).isInstanceOf(SocketException.class);
            }
        }
    }

    /** When the last visitor's thread at the origin has gone, too. */
    private static Used settled(Portal portal) {
        await().until(() -> portal.snapshot().tunnels().size() == 1);
        Used[] least = {Used.now()};
        await().pollInterval(Duration.ofMillis(100))
                .atMost(Duration.ofSeconds(60))
                .until(() -> {
                    Used last = least[0];
                    Used now = Used.now();
                    least[0] = now;
                    return now.threads() == last.threads() && now.descriptors() == last.descriptors();
                });
        return least[0];
    }
}
