package dev.reversetunnel.interop;

import static org.awaitility.Awaitility.await;

import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Crowd;
import dev.reversetunnel.peers.Origin;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Users who go on coming while their tunnel is dead and nobody has told. */
final class FailingUsers {
    private FailingUsers() {}

    /** A user comes four times a second; when the last of those was seen to fail who did not get his answer. */
    static Duration untilAllAreServed(Crowd crowd, int visitors) {
        long began = System.nanoTime();
        List<Future<Long>> users = new ArrayList<>();
        await().pollInterval(Duration.ofMillis(250))
                .atMost(Duration.ofSeconds(60))
                .until(() -> {
                    users.add(crowd.send(() -> failedAt(visitors, began)));
                    return users.stream().allMatch(Future::isDone)
                            || (users.size() > 8
                                    && users.subList(users.size() - 8, users.size() - 1).stream()
                                            .allMatch(user -> user.isDone() && outcome(user) == 0));
                });
        long last = 0;
        for (Future<Long> user : users) {
            last = Math.max(last, outcome(user));
        }
        return Duration.ofNanos(last);
    }

    /** Nothing if he got his answer. */
    private static long failedAt(int visitors, long began) {
        try {
            return Client.get(visitors).equals(Origin.BODY) ? 0 : System.nanoTime() - began;
        } catch (IOException e) {
            return System.nanoTime() - began;
        }
    }

    private static long outcome(Future<Long> user) {
        try {
            return user.get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
