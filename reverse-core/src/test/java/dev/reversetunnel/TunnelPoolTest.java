package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which of a portal's tunnels a visitor gets. Their other ends are the test, which moves time. */
class TunnelPoolTest {
    private static final Destination WEB = Destination.tcp("web", 80);

    private final RegisteredPortal portal = new RegisteredPortal();
    private final MuxWire one = portal.bridge;
    private final MuxWire two = portal.another();
    private final List<MuxWire> wires = List.of(one, two);

    @AfterEach
    void end() {
        portal.close();
    }

    /** Seconds pass for all of them, in which some are heard. */
    private void pass(int seconds, MuxWire... heard) {
        for (int i = 0; i < seconds; i++) {
            wires.forEach(wire -> wire.pass(1));
            for (MuxWire wire : heard) {
                hear(wire);
            }
        }
    }

    /** An answer to a ping. */
    private static void hear(MuxWire wire) {
        wire.receive("0004 ffff 03 00");
    }

    private @Nullable PortalTunnel pick() {
        return portal.pool().pick(null);
    }

    private PortalTunnel tunnel(MuxWire wire) {
        return portal.pool().all().stream()
                .filter(tunnel -> tunnel.mux().carrier() == wire)
                .findFirst()
                .orElseThrow();
    }

    /** Gives the tunnel so many sessions. */
    private void load(MuxWire wire, int sessions) {
        for (int i = 0; i < sessions; i++) {
            tunnel(wire).mux().open(WEB);
        }
    }

    @Test
    void one_that_lives_comes_before_a_suspect_one_whatever_its_load() {
        load(two, 5);
        pass(7, two);
        then(tunnel(one).isSuspect()).isTrue();
        then(pick()).isSameAs(tunnel(two));
        then(portal.heard.of("suspect")).containsExactly("suspect 1");

        // AND WHEN it is heard again
        hear(one);
        then(portal.heard.of("alive")).containsExactly("alive 1");
        then(pick()).isSameAs(tunnel(one));
    }

    @Test
    void a_suspect_one_is_better_than_none() {
        load(two, 1);
        pass(7);
        then(tunnel(one).isSuspect()).isTrue();
        then(tunnel(two).isSuspect()).isTrue();
        then(pick()).isSameAs(tunnel(one));
    }

    @Test
    void one_that_drains_comes_before_a_suspect_one() {
        pass(7, two);
        tunnel(two).drain();
        then(pick()).isSameAs(tunnel(two));
    }

    @Test
    void of_those_that_live_the_least_loaded_is_taken() {
        load(one, 3);
        load(two, 2);
        hear(one);
        then(pick()).isSameAs(tunnel(two));
        load(two, 2);
        then(pick()).isSameAs(tunnel(one));
    }

    @Test
    void if_equal_one_that_was_heard_in_the_interval_comes_before_the_visitors_own_loop() {
        pass(1, one, two);
        then(portal.pool().pick(one.eventLoop())).isSameAs(tunnel(one));
        then(portal.pool().pick(two.eventLoop())).isSameAs(tunnel(two));

        pass(4, two); // the other is asked, and not suspect yet
        then(tunnel(one).isSuspect()).isFalse();
        then(portal.pool().pick(one.eventLoop())).isSameAs(tunnel(two));
    }

    @Test
    void if_all_is_equal_the_one_that_was_heard_last_is_taken() {
        pass(1, one);
        then(pick()).isSameAs(tunnel(one));
        pass(1, two);
        then(pick()).isSameAs(tunnel(two));
        pass(1, one);
        then(pick()).isSameAs(tunnel(one));
    }

    @Test
    void those_of_a_bridge_are_known_until_it_says_who_it_is() {
        BridgeIdentity nobody = tunnel(one).bridge();
        then(portal.pool().of(nobody)).containsExactly(tunnel(one), tunnel(two));
        then(portal.pool().hasSeveralBridges()).isFalse();

        two.receive(MuxWire.HELLO);
        then(portal.pool().of(nobody)).containsExactly(tunnel(one));
        then(portal.pool().of(tunnel(two).bridge())).containsExactly(tunnel(two));
        then(portal.pool().hasSeveralBridges()).isTrue();

        one.close();
        then(portal.pool().of(nobody)).isEmpty();
        then(portal.pool().hasSeveralBridges()).isFalse();
    }

    @Test
    void is_asked_by_many_threads_while_tunnels_come_and_go() throws Exception {
        PortalTunnel stays = tunnel(one);
        PortalTunnel comesAndGoes = tunnel(two);
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService visitors = Executors.newFixedThreadPool(2);
        try {
            List<Future<Integer>> picks = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                picks.add(visitors.submit(() -> {
                    int count = 0;
                    while (!over.get()) {
                        then(pick()).isIn(stays, comesAndGoes);
                        count++;
                    }
                    return count;
                }));
            }
            for (int i = 0; i < 20_000; i++) {
                portal.pool().remove(comesAndGoes);
                then(pick()).isSameAs(stays);
                then(portal.pool().of(stays.bridge())).containsExactly(stays);
                portal.pool().add(comesAndGoes);
                then(portal.pool().of(stays.bridge())).containsExactly(stays, comesAndGoes);
            }
            over.set(true);
            for (Future<Integer> count : picks) {
                then(count.get(10, TimeUnit.SECONDS)).isPositive();
            }
        } finally {
            over.set(true);
            visitors.shutdownNow();
        }
    }
}
