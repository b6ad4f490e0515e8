package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Portal;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.lab.ManualClock;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.RequiresPeer;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** VMess wants clocks that differ by 120 s at most. Ours is set wrong; V2Ray has the right time. */
@RequiresPeer("v2ray")
class WrongClockIT {
    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);

    @AfterEach
    void close() {
        origin.close();
    }

    private static Clock ahead(int seconds) {
        return Clock.offset(Clock.systemUTC(), Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(ints = {-110, 110})
    void our_bridge_may_be_off_by_less(int seconds) throws Exception {
        try (End portal = Theirs.portal(meeting)::close;
                Bridge bridge = Ours.bridge(meeting).clock(ahead(seconds)).start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-130, 130})
    void our_bridge_is_told_to_look_at_the_clock_when_it_is_off_by_more(int seconds) throws Exception {
        try (End portal = Theirs.portal(meeting)::close;
                Bridge bridge = Ours.bridge(meeting)
                        .clock(ahead(seconds))
                        .dialTimeout(Duration.ofSeconds(1))
                        .start()) {
            thenThrownBy(() -> bridge.awaitReady(Duration.ofSeconds(2)))
                    .isInstanceOf(TunnelException.class)
                    .hasMessageContaining("clocks");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-110, 110})
    void our_portal_may_be_off_by_less(int seconds) throws Exception {
        try (Portal portal = Ours.portal(meeting).clock(ahead(seconds)).start();
                End bridge = Theirs.bridge(meeting)::close) {
            await().atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .untilAsserted(
                            () -> then(Client.get(portal.port("visitors"))).isEqualTo(Origin.BODY));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-183, -130, 130, 183})
    void our_portals_owner_reads_how_far_off_it_is(int seconds) throws Exception {
        try (LogLines log = new LogLines();
                Portal portal = Ours.portal(meeting).clock(ahead(seconds)).start();
                End bridge = Theirs.bridge(meeting)::close) {
            // seconds that pass between the two looks at the clock count
            String off = "user \"interconn\": the peer's clock is (%d|%d) s %s"
                    .formatted(
                            Math.abs(seconds),
                            Math.abs(seconds) + (seconds < 0 ? -1 : 1),
                            seconds < 0 ? "ahead" : "behind");
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> then(log.lines()).anyMatch(line -> line.matches(".*" + off + " .*")));
            then(portal.snapshot().tunnels()).isEmpty();
        }
    }

    /** That nothing is accepted twice for it is shown where the handshakes are tested. */
    @Test
    void a_wall_clock_that_is_set_back_by_an_hour_ends_no_tunnel() throws Exception {
        ManualClock clock = ManualClock.at(Instant.now());
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting)
                        .clock(clock)
                        .pingInterval(Duration.ofMillis(200))
                        .spareTunnels(0)
                        .listener(heard)
                        .start();
                End bridge = Theirs.bridge(meeting)::close) {
            await().atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .untilAsserted(
                            () -> then(Client.get(portal.port("visitors"))).isEqualTo(Origin.BODY));
            try (Socket before = Client.connect(portal.port("visitors"))) {
                then(Client.echo(before, "before")).isEqualTo("before");
                clock.set(clock.instant().minus(Duration.ofHours(1)));

                await().during(Duration.ofSeconds(2)) // ten intervals, and a heartbeat
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> Client.echo(before, "still here").equals("still here"));
                then(Client.get(portal.port("visitors"))).isEqualTo(Origin.BODY);
            }
            then(heard.lines("down")).isEmpty();
            then(heard.lines("suspect")).isEmpty();
        }
    }
}
