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
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
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

        /** Asks the portals that are there, by turns. */
        Load(Supplier<Portal> portals) {
            for (int i = 0; i < USERS; i++) {
                Thread user = new Thread(() -> ask(portals), "user-" + i);
                users.add(user);
                user.start();
            }
        }

        private void ask(Supplier<Portal> portals) {
            for (long next = System.nanoTime(); !over; next += PACE_NANOS) {
                LockSupport.parkNanos(next - System.nanoTime());
                try (Socket visitor = Tunnels.visit(portals.get())) {
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
            Load load = new Load(() -> portal);
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

    /**
     * One bridge has tunnels to both portals. Users are sent to that one of two which is not about to be restarted, as
     * a load balancer does, or a name of which an address is taken away.
     */
    @Test
    void no_request_is_lost_while_the_portals_of_a_bridge_are_restarted_in_turn() throws Exception {
        int onePort = Tunnels.freePort();
        int twoPort = Tunnels.freePort();
        int[] ports = {onePort, twoPort};
        Portal[] portals = {
            Tunnels.portal(onePort).start(), Tunnels.portal(twoPort).start()
        };
        AtomicReference<Portal> serving = new AtomicReference<>(portals[0]);
        try (Origin origin = answering();
                Bridge bridge = Tunnels.ready(ReverseTunnel.bridge("shop")
                        .domain(Tunnels.DOMAIN)
                        .connect(Plain.client(Transport.tcp(), onePort), Plain.client(Transport.tcp(), twoPort))
                        .forward("127.0.0.1", origin.port()))) {
            await().until(() -> portals[0].snapshot().tunnels().size() == 1
                    && portals[1].snapshot().tunnels().size() == 1);
            Load load = new Load(serving::get);
            try (load) {
                for (int restart = 0; restart < 6; restart++) {
                    int next = restart % 2;
                    load.awaitMore(200);
                    serving.set(portals[1 - next]);
                    load.awaitMore(3 * USERS); // nobody is on his way to it any more
                    then(portals[next].drain(Duration.ofSeconds(30))).isZero();
                    portals[next] = Tunnels.portal(ports[next]).start();
                    Portal back = portals[next];
                    await().atMost(Duration.ofSeconds(60))
                            .until(() -> back.snapshot().tunnels().stream()
                                    .anyMatch(tunnel -> tunnel.state() == TunnelState.ACTIVE));
                }
            }
            System.out.println("rolling restart of portals: " + load.good + " good requests, " + load.failures.size()
                    + " failed; " + bridge);
            then(load.failures).isEmpty();
        } finally {
            for (Portal portal : portals) {
                portal.close();
            }
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
