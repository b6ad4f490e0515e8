package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Crowd;
import dev.reversetunnel.peers.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bridges in processes of their own take over from each other under 500 requests a second. */
@Timeout(600)
class RollingRestartIT {
    private static final int USERS = 25;
    private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(1_000L * USERS / 500);
    private static final int RESTARTS = Amount.kills(3);
    private static final int REQUESTS_BETWEEN = 500;

    private final AtomicInteger good = new AtomicInteger();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final AtomicBoolean over = new AtomicBoolean();

    @Test
    void no_request_is_lost() throws Exception {
        try (Origin origin = Origin.start();
                Crowd crowd = new Crowd()) {
            Meeting meeting = Meeting.at(origin);
            try (ChildJvm portal = ChildJvm.start(PortalMain.class, meeting.arguments())) {
                ChildJvm bridge = ChildJvm.start(DrainedBridgeMain.class, meeting.arguments());
                List<Future<?>> users = new ArrayList<>();
                for (int i = 0; i < USERS; i++) {
                    users.add(crowd.send(() -> ask(meeting.visitors())));
                }
                awaitMore();
                for (int restart = 0; restart < RESTARTS; restart++) {
                    ChildJvm next = ChildJvm.start(DrainedBridgeMain.class, meeting.arguments());
                    then(bridge.end(Duration.ofSeconds(60))).isEqualTo("cut 0");
                    bridge = next;
                    awaitMore();
                }
                over.set(true);
                then(Crowd.failures(users)).isEmpty();
                bridge.close();
            }
        }
        System.out.println(RESTARTS + " rolling restarts: " + good + " good requests, " + failures.size() + " failed");
        then(failures).isEmpty();
    }

    private void awaitMore() {
        int before = good.get();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> good.get() >= before + REQUESTS_BETWEEN || !failures.isEmpty());
    }

    private Void ask(int port) {
        for (long next = System.nanoTime(); !over.get(); next += PACE_NANOS) {
            LockSupport.parkNanos(next - System.nanoTime());
            try {
                String body = Client.get(port);
                if (body.equals(Origin.BODY)) {
                    good.incrementAndGet();
                } else {
                    failures.add("an answer of " + body.length() + " characters");
                }
            } catch (Exception e) {
                failures.add(e.toString());
            }
        }
        return null;
    }
}
