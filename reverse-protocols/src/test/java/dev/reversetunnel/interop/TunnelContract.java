package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Crowd;
import dev.reversetunnel.peers.Origin;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What every portal and bridge do for users, whoever made them, and whichever of them was there first. */
@ParameterizedClass(name = "{0}")
@EnumSource(TunnelContract.StartOrder.class)
abstract class TunnelContract {
    /** A V2Ray bridge that found no portal looks again after 4 s at the latest. */
    private static final Duration TUNNEL = Duration.ofSeconds(30);

    /** What a user waits when the origin refuses; V2Ray's bridge tries five times in 1 s. */
    private static final Duration REFUSED = Duration.ofSeconds(2);

    /** Which end is started first. */
    enum StartOrder {
        PORTAL_FIRST,
        BRIDGE_FIRST
    }

    @Parameter
    StartOrder order = StartOrder.PORTAL_FIRST;

    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);
    private final List<End> ends = new ArrayList<>();

    /** Starts a portal, as the document says. */
    abstract End portal(Meeting where);

    /** Starts a bridge, as the document says. */
    abstract End bridge(Meeting where);

    /** How many bytes a transfer has. */
    long bytes() {
        return Amount.bytes();
    }

    /** How many users come at once. */
    int users() {
        return 500;
    }

    /** How many users come one after another. */
    int visits() {
        return 5_000;
    }

    @BeforeEach
    void start() {
        if (order == StartOrder.PORTAL_FIRST) {
            ends.add(portal(meeting));
            ends.add(bridge(meeting));
        } else {
            ends.add(bridge(meeting));
            ends.add(portal(meeting));
        }
        await().atMost(TUNNEL)
                .ignoreExceptions()
                .untilAsserted(() -> then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY));
    }

    @AfterEach
    void close() {
        ends.forEach(End::close);
        origin.close();
    }

    @Test
    void answers_a_request() throws IOException {
        then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
    }

    @Test
    void carries_bytes_unchanged_in_both_directions() throws IOException {
        long start = System.nanoTime();
        Client.Transfer down = Client.download(meeting.visitors(), bytes(), 1);
        long between = System.nanoTime();
        String up = Client.upload(meeting.visitors(), bytes(), 2);
        long end = System.nanoTime();

        then(down.bytes()).isEqualTo(bytes());
        then(down.sha256()).isEqualTo(Client.sha256(bytes(), 1));
        then(down.end()).isEqualTo(Client.End.CLEAN);
        then(up).isEqualTo(Client.sha256(bytes(), 2));
        report("%d MiB down at %d MiB/s, up at %d MiB/s"
                .formatted(bytes() >> 20, rate(between - start), rate(end - between)));
    }

    @Test
    void serves_many_users_at_once() throws Exception {
        CyclicBarrier together = new CyclicBarrier(users());
        try (Crowd crowd = new Crowd()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < users(); i++) {
                String name = "user " + i;
                all.add(crowd.send(() -> {
                    together.await();
                    try (Socket user = Client.connect(meeting.visitors())) {
                        then(Client.echo(user, name)).isEqualTo(name);
                        together.await(1, TimeUnit.MINUTES); // everybody is there, and nobody has left
                        return then(Client.echo(user, name + " again")).isEqualTo(name + " again");
                    }
                }));
            }
            then(Crowd.failures(all)).isEmpty();
        }
        then(origin.accepted()).isGreaterThanOrEqualTo(users());
    }

    @Test
    void serves_many_short_connections_in_a_row() throws IOException {
        long start = System.nanoTime();
        List<Long> nanos = new ArrayList<>();
        for (int i = 0; i < visits(); i++) {
            long before = System.nanoTime();
            then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
            nanos.add(System.nanoTime() - before);
        }
        nanos.sort(Comparator.naturalOrder());
        report("%d connections in a row, %d a second; p50 %.1f ms, p99 %.1f ms, longest %.1f ms"
                .formatted(
                        visits(),
                        visits() * 1_000L / Math.max(1, (System.nanoTime() - start) / 1_000_000),
                        nanos.get(nanos.size() / 2) / 1e6,
                        nanos.get(nanos.size() * 99 / 100) / 1e6,
                        nanos.get(nanos.size() - 1) / 1e6));
    }

    @Test
    void users_who_leave_in_the_middle_disturb_nobody() throws IOException {
        try (Socket other = Client.connect(meeting.visitors())) {
            then(Client.echo(other, "before")).isEqualTo("before");

            for (int seed = 0; seed < 10; seed++) {
                try (Socket leaver = Client.connect(meeting.visitors())) {
                    Client.askForDownload(leaver, 1L << 30, seed);
                    then(leaver.getInputStream().readNBytes(1 << 20)).hasSize(1 << 20);
                }
            }

            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> then(origin.open())
                            .as("connections at the origin, one of which has not left")
                            .isEqualTo(1));
            then(Client.echo(other, "after")).isEqualTo("after");
            then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
        }
    }

    @Test
    void an_origin_that_refuses_ends_that_user_alone_and_soon() throws IOException {
        try (Socket other = Client.connect(meeting.visitors())) {
            then(Client.echo(other, "before")).isEqualTo("before");

            origin.stopListening();
            long start = System.nanoTime();
            Client.Transfer seen = Client.knock(meeting.visitors());
            Duration waited = Duration.ofNanos(System.nanoTime() - start);

            then(seen.bytes()).isZero();
            then(waited).isLessThan(REFUSED);
            then(Client.echo(other, "after")).isEqualTo("after");
            report("the user of an origin that refuses sees %s after %d ms".formatted(seen.end(), waited.toMillis()));
        }
    }

    private long rate(long nanos) {
        return (bytes() >> 10) * 1_000_000_000L / 1024 / Math.max(1, nanos);
    }

    private void report(String figures) {
        System.out.println(getClass().getSimpleName() + ", " + order + ": " + figures);
    }
}
