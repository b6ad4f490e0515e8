package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The next process takes over from the one before it, and no visitor notices. */
class RollingRestartTest {
    private static final int USERS = 20;
    private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(40); // of each: 500 a second in all
    private static final int SMALL = 2_000;

    /** Requests at a steady pace, each on a connection of its own. */
    private static final class Load implements AutoCloseable {
        final AtomicInteger good = new AtomicInteger();
        final List<String> failures = new CopyOnWriteArrayList<>();
        private final List<Thread> users = new ArrayList<>();
        private volatile boolean over;

        Load(Portal portal) {
            for (int i = 0; i < USERS; i++) {
                Thread user = new Thread(() -> ask(portal), "user-" + i);
                users.add(user);
                user.start();
            }
        }

        private void ask(Portal portal) {
            for (long next = System.nanoTime(); !over; next += PACE_NANOS) {
                LockSupport.parkNanos(next - System.nanoTime());
                try (Socket visitor = Tunnels.visit(portal)) {
                    visitor.getOutputStream().write('?');
                    int answer = visitor.getInputStream().readAllBytes().length;
                    if (answer == SMALL) {
                        good.incrementAndGet();
                    } else {
                        failures.add("an answer of " + answer + " bytes");
                    }
                } catch (IOException e) {
                    failures.add(e.toString());
                }
            }
        }

        void awaitMore(int requests) {
            int before = good.get();
            await().atMost(Duration.ofSeconds(60)).until(() -> good.get() >= before + requests || !failures.isEmpty());
        }

        @Override
        public void close() throws InterruptedException {
            over = true;
            for (Thread user : users) {
                user.join(30_000);
            }
        }
    }

    private static Origin answering() throws IOException {
        return new Origin(socket -> {
            socket.getInputStream().read();
            socket.getOutputStream().write(new byte[SMALL]);
        });
    }

    @Test
    void no_request_is_lost_while_bridges_take_over_from_each_other() throws Exception {
        try (Origin origin = answering();
                Portal portal = Tunnels.portal()) {
            Bridge serving = Tunnels.bridge(portal, origin.port());
            Load load = new Load(portal);
            try (load) {
                load.awaitMore(200);
                for (int restart = 0; restart < 5; restart++) {
                    Bridge next = Tunnels.bridge(portal, origin.port());
                    then(serving.drain(Duration.ofSeconds(30))).isZero();
                    serving = next;
                    load.awaitMore(200);
                }
            }
            serving.close();
            System.out.println("rolling restart: " + load.good + " good requests, " + load.failures.size() + " failed");
            then(load.failures).isEmpty();
        }
    }

    @Test
    void a_slow_download_comes_to_its_end_and_the_drain_ends_right_behind_it() throws Exception {
        byte[] part = new byte[100_000];
        CountDownLatch goOn = new CountDownLatch(1);
        try (Origin origin = new Origin(socket -> {
                    socket.getInputStream().read();
                    socket.getOutputStream().write(part);
                    goOn.await(30, TimeUnit.SECONDS);
                    socket.getOutputStream().write(part);
                });
                Portal portal = Tunnels.portal();
                Bridge old = Tunnels.bridge(portal, origin.port());
                Socket visitor = Tunnels.visit(portal)) {
            visitor.getOutputStream().write('?');
            then(visitor.getInputStream().readNBytes(part.length)).hasSize(part.length);
            try (Bridge next = Tunnels.bridge(portal, origin.port())) {
                CompletableFuture<Integer> drained =
                        CompletableFuture.supplyAsync(() -> old.drain(Duration.ofHours(1)));
                await().until(() -> portal.snapshot().tunnels().stream()
                        .anyMatch(tunnel -> tunnel.state() == TunnelState.DRAINING));
                then(drained).isNotDone();
                then(next.snapshot().tunnels()).hasSize(1);
                goOn.countDown();
                then(visitor.getInputStream().readAllBytes()).hasSize(part.length);
                visitor.close();
                then(drained.get(10, TimeUnit.SECONDS)).isZero();
                await().until(() -> portal.snapshot().tunnels().size() == 1);
            }
        }
    }

    @Test
    void a_portal_drains_behind_the_last_byte_that_a_slow_visitor_takes() throws Exception {
        byte[] much = new byte[3_000_000]; // more than sockets hold
        try (Origin origin = new Origin(socket -> {
                    socket.getInputStream().read();
                    socket.getOutputStream().write(much);
                });
                Portal portal = Tunnels.portal();
                Bridge bridge = Tunnels.bridge(portal, origin.port());
                Socket visitor = Tunnels.visit(portal)) {
            visitor.getOutputStream().write('?');
            then(visitor.getInputStream().readNBytes(1_000)).hasSize(1_000);
            CompletableFuture<Integer> drained = CompletableFuture.supplyAsync(() -> portal.drain(Duration.ofHours(1)));
            await().until(() ->
                    bridge.snapshot().tunnels().stream().anyMatch(tunnel -> tunnel.state() == TunnelState.DRAINING));
            then(visitor.getInputStream().readAllBytes()).hasSize(much.length - 1_000);
            visitor.close();
            then(drained.get(10, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void while_the_only_bridge_drains_visitors_wait_for_the_next() throws Exception {
        try (Origin origin = answering();
                Portal portal =
                        Tunnels.portal(0).waitForBridge(Duration.ofSeconds(30)).start();
                Bridge old = Tunnels.bridge(portal, origin.port())) {
            then(old.drain(Duration.ofSeconds(30))).isZero();
            try (Socket visitor = Tunnels.visit(portal)) {
                visitor.getOutputStream().write('?');
                await().until(() -> portal.snapshot().waitingForBridge() == 1);
                try (Bridge next = Tunnels.bridge(portal, origin.port())) {
                    then(visitor.getInputStream().readAllBytes()).hasSize(SMALL);
                    then(next.snapshot().tunnels()).hasSize(1);
                }
            }
        }
    }

    @Test
    void a_drain_always_ends_and_says_what_it_cut() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = Tunnels.portal();
                Bridge bridge = Tunnels.bridge(portal, origin.port());
                Socket one = Tunnels.visit(portal);
                Socket two = Tunnels.visit(portal)) {
            then(Tunnels.say(one, "hello")).isEqualTo("hello");
            then(Tunnels.say(two, "hello")).isEqualTo("hello");
            then(bridge.drain(Duration.ofMillis(50))).isEqualTo(2);
        }
    }
}
