package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Crowd;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.vmess.Vmess;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A bridge behind a real NAT, of the kernel's: one that forgets its flows, and a line that loses all packets for a
 * while. With all defaults. Skipped, with the reason, where no such network can be built.
 */
@Tag("long")
@Timeout(1_200)
class NatThatForgetsIT {
    private static final String DOMAIN = "nat.test.internal";
    private static final int ROUNDS = Integer.getInteger("interop.natRounds", 20);

    /** Three times the 16 s that a bridge may wait between two attempts. */
    private static final Duration BACK = Duration.ofSeconds(48);

    private final UUID id = UUID.randomUUID();
    private final Crowd crowd = new Crowd();
    private final Heard heard = new Heard();
    private final List<AutoCloseable> open = new ArrayList<>();
    private NatNetwork network;
    private Portal portal;

    @BeforeEach
    void connect() throws Exception {
        try {
            network = NatNetwork.build();
        } catch (IOException e) {
            System.out.println("skipped NatThatForgetsIT: " + e.getMessage());
            Assumptions.abort(e.getMessage());
        }
        open.add(network);
        portal = ReverseTunnel.portal("portal")
                .domain(DOMAIN)
                .listen("tunnels", Vmess.server(0).address(NatNetwork.ADDRESS).user("interconn", id))
                .listen("visitors", Inbound.port(0).address("127.0.0.1").to("127.0.0.1", 80))
                .listener(heard)
                .start();
        open.add(portal);
        ChildJvm bridge = ChildJvm.startBehind(
                network.inside(), BehindNatMain.class, NatNetwork.ADDRESS, portal.port("tunnels"), id, DOMAIN);
        open.add(bridge);
        awaitRequest();
    }

    @AfterEach
    void close() throws Exception {
        crowd.close();
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    @Test
    void users_fail_for_12_s_at_most_when_the_nat_forgets() throws Exception {
        List<Long> millis = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            awaitRequest();
            await().until(() -> portal.snapshot().tunnels().size() == 1);
            network.forget();
            millis.add(FailingUsers.untilAllAreServed(crowd, visitors()).toMillis());
        }
        List<Long> sorted = millis.stream().sorted().toList();
        System.out.printf(
                "a NAT that forgets, %d times: users failed for p50 %d ms, max %d ms%n",
                ROUNDS, sorted.get(ROUNDS / 2), sorted.get(ROUNDS - 1));
        then(sorted.get(ROUNDS - 1)).isLessThanOrEqualTo(12_000);
    }

    @Test
    void sessions_survive_5_s_without_a_packet() throws Exception {
        try (Socket user = Client.connect(visitors())) {
            then(Client.echo(user, "hello")).isEqualTo("hello");
            network.lose(true);
            Future<String> answer = crowd.send(() -> Client.echo(user, "are you there?"));
            pass(Duration.ofSeconds(5));
            then(answer).isNotDone();
            network.lose(false);
            long back = System.nanoTime();
            then(answer.get(30, TimeUnit.SECONDS)).isEqualTo("are you there?");
            System.out.printf("5 s without a packet: the session goes on %.2f s after%n", since(back));
            then(heard.lines("down")).isEmpty();
        }
    }

    @Test
    void a_request_works_again_soon_after_30_and_120_s_without_a_packet() throws Exception {
        for (int seconds : new int[] {30, 120}) {
            network.lose(true);
            pass(Duration.ofSeconds(seconds));
            network.lose(false);
            double back = awaitRequest();
            System.out.printf("%d s without a packet: a request works again %.2f s after%n", seconds, back);
            then(back).isLessThanOrEqualTo((double) BACK.toSeconds());
        }
    }

    private int visitors() {
        return portal.port("visitors");
    }

    private static void pass(Duration time) {
        await().atMost(time.plusSeconds(10)).pollDelay(time).until(() -> true);
    }

    private double awaitRequest() {
        long start = System.nanoTime();
        await().atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions()
                .untilAsserted(() -> then(Client.get(visitors())).isEqualTo(Origin.BODY));
        return since(start);
    }

    private static double since(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1e9;
    }
}
