package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.TunnelHealth;
import dev.reversetunnel.TunnelSnapshot;
import dev.reversetunnel.lab.FaultProxy;
import dev.reversetunnel.lab.Faults;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Crowd;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.peers.XrayDocuments;
import dev.reversetunnel.vless.Vless;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tunnels whose other end falls silent: its flow has vanished, its process stands still, or one of its sessions stalls
 * it. Between our own ends that is found out soon. A foreign end that stands still is left alone, and comes back.
 */
class SilentTunnelIT {
    /** In place of 3 s. */
    private static final Duration INTERVAL = Duration.ofMillis(500);

    /** More than all sockets on the way hold. */
    private static final long FLOOD = 64L << 20;

    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);
    private final Crowd crowd = new Crowd();
    private final Heard heard = new Heard();

    @AfterEach
    void close() {
        crowd.close();
        origin.close();
    }

    // ---- ours with ours ----

    /** With the defaults. V2Ray and Xray need a quarter of an hour. */
    @Test
    void users_fail_for_12_s_at_most_when_flows_vanish_and_new_ones_pass() throws Exception {
        try (Portal portal = Ours.portal(meeting).listener(heard).start();
                FaultProxy line = FaultProxy.to(meeting.bridges());
                Bridge bridge = Ours.bridge(meeting.bridges(line.port())).start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            for (int round = 1; round <= 3; round++) {
                awaitTunnel();
                await().until(() -> portal.snapshot().tunnels().size() == 1);
                line.forget();
                Duration failing = FailingUsers.untilAllAreServed(crowd, meeting.visitors());
                System.out.println("round " + round + ": users failed for " + failing.toMillis() + " ms");
                then(failing).isLessThanOrEqualTo(Duration.ofSeconds(12));
            }
            then(heard.lines("suspect")).hasSizeGreaterThanOrEqualTo(3);
        }
    }

    /** With the defaults: a tunnel is given up after 9 s. */
    @Test
    void sessions_go_on_after_all_packets_were_lost_for_5_s() throws Exception {
        try (Portal portal = Ours.portal(meeting).listener(heard).start();
                FaultProxy line = FaultProxy.to(meeting.bridges());
                Bridge bridge = Ours.bridge(meeting.bridges(line.port())).start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            List<Socket> users = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                users.add(user());
            }
            line.both(Faults::stop); // TCP sends again what was lost, and nothing comes through
            List<Future<String>> waiting = new ArrayList<>();
            for (Socket user : users) {
                waiting.add(crowd.send(() -> Client.echo(user, "are you there?")));
            }
            await().pollDelay(Duration.ofSeconds(5)).until(() -> true);
            then(waiting).noneMatch(Future::isDone);
            line.both(Faults::go);
            for (Future<String> answer : waiting) {
                then(answer.get(20, TimeUnit.SECONDS)).isEqualTo("are you there?");
            }
            for (Socket user : users) {
                user.close();
            }
            then(heard.lines("down")).isEmpty();
            then(portal.snapshot().failed()).isZero();
        }
    }

    @Test
    void a_bridge_of_ours_that_stands_still_gets_no_visitors_and_is_given_up() throws Exception {
        try (Portal portal = Ours.portal(meeting)
                        .pingInterval(INTERVAL)
                        .listener(heard)
                        .start();
                ChildJvm still = ChildJvm.start(BridgeMain.class, meeting.arguments());
                Bridge other = Ours.bridge(meeting).start()) {
            other.awaitReady(Duration.ofSeconds(20));
            await().until(() -> portal.snapshot().tunnels().size() == 2);
            signal("STOP", still.pid());
            try {
                await().until(() -> !heard.lines("suspect").isEmpty());
                for (int i = 0; i < 10; i++) {
                    then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
                }
                await().until(() -> !heard.lines("down").isEmpty());
                then(heard.lines("down").get(0)).contains("nothing was heard for ");
            } finally {
                signal("CONT", still.pid());
            }
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> portal.snapshot().tunnels().size() == 2);
            then(portal.snapshot().tunnels()).extracting(TunnelSnapshot::health).containsOnly(TunnelHealth.ALIVE);
        }
    }

    // ---- with V2Ray ----

    @Test
    @RequiresPeer("v2ray")
    void a_bridge_of_v2rays_that_stands_still_is_not_cut_and_goes_on() throws Exception {
        try (Portal portal = Ours.portal(meeting)
                        .pingInterval(INTERVAL)
                        .listener(heard)
                        .start();
                V2Ray bridge = Theirs.bridge(meeting)) {
            awaitTunnel();
            try (Socket user = user()) {
                signal("STOP", bridge.pid());
                try {
                    await().until(() -> !heard.lines("suspect").isEmpty());
                    then(portal.snapshot().tunnels())
                            .extracting(TunnelSnapshot::health)
                            .contains(TunnelHealth.SUSPECT);
                    thenIsNotCutForManyIntervals();
                } finally {
                    signal("CONT", bridge.pid());
                }
                await().until(() -> !heard.lines("alive").isEmpty());
                then(Client.echo(user, "still here")).isEqualTo("still here");
                await().until(() -> portal.snapshot().tunnels().get(0).roundTrip() != null);
            }
            then(heard.lines("down")).isEmpty();
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void a_portal_of_v2rays_that_stands_still_is_not_cut_and_goes_on() throws Exception {
        try (V2Ray portal = Theirs.portal(meeting);
                Bridge bridge = Ours.bridge(meeting)
                        .pingInterval(INTERVAL)
                        .dialTimeout(Duration.ofSeconds(2))
                        .listener(heard)
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            awaitTunnel();
            try (Socket user = user()) {
                signal("STOP", portal.pid());
                try {
                    await().until(() -> !heard.lines("suspect").isEmpty());
                    await().until(() -> !heard.lines("dial failed").isEmpty()); // it has dialled another one at once
                    thenIsNotCutForManyIntervals();
                } finally {
                    signal("CONT", portal.pid());
                }
                await().until(() -> !heard.lines("alive").isEmpty());
                then(Client.echo(user, "still here")).isEqualTo("still here");
            }
            then(heard.lines("down")).isEmpty();
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void an_origin_stalls_v2rays_bridge_which_is_not_cut_and_goes_on() throws Exception {
        try (Portal portal = Ours.portal(meeting)
                        .pingInterval(INTERVAL)
                        .spareTunnels(0)
                        .listener(heard)
                        .start();
                End bridge = Theirs.bridge(meeting)::close) {
            awaitTunnel();
            try (Socket other = user();
                    Socket staller = Client.connect(meeting.visitors())) {
                Future<String> digest = crowd.send(() -> Client.uploadToPaused(staller, FLOOD, 7));
                await().until(() -> !heard.lines("suspect").isEmpty());
                // others leave, which is no reason to cut it
                try (Socket leaver = Client.connect(meeting.visitors())) {
                    leaver.getOutputStream().write(1);
                }
                thenIsNotCutForManyIntervals();

                origin.goOn();
                then(digest.get(60, TimeUnit.SECONDS)).isEqualTo(Client.sha256(FLOOD, 7));
                then(Client.echo(other, "still here")).isEqualTo("still here");
                await().until(() -> !heard.lines("alive").isEmpty());
            }
            then(heard.lines("down")).isEmpty();
            then(portal.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    @RequiresPeer("xray")
    void an_origin_stalls_xrays_bridge_which_is_not_cut_and_goes_on() throws Exception {
        try (Portal portal = ReverseTunnel.portal("portal")
                        .listen(Vless.server(meeting.bridges())
                                .address("127.0.0.1")
                                .reverseUser("interconn", meeting.id()))
                        .listen(Inbound.port(meeting.visitors())
                                .address("127.0.0.1")
                                .to("127.0.0.1", 80))
                        .pingInterval(INTERVAL)
                        .spareTunnels(0)
                        .listener(heard)
                        .start();
                Xray bridge = Xray.start(XrayDocuments.reverse(meeting.bridges(), meeting.id())
                        .bridge("127.0.0.1:" + meeting.originPort()))) {
            awaitTunnel();
            thenTheUploadIsWhole(INTERVAL.multipliedBy(8));
            then(heard.lines("down")).isEmpty();
            then(portal.snapshot().tunnels()).hasSize(1);
            then(bridge.isAlive()).isTrue();
        }
    }

    /** With the defaults, for a minute. */
    @Test
    @Tag("long")
    @RequiresPeer("v2ray")
    void an_origin_stalls_v2rays_bridge_for_a_minute_and_its_session_survives() throws Exception {
        try (Portal portal = Ours.portal(meeting).listener(heard).start();
                End bridge = Theirs.bridge(meeting)::close) {
            awaitTunnel();
            thenTheUploadIsWhole(Duration.ofSeconds(60));
            then(heard.lines("down")).isEmpty();
            then(portal.snapshot().tunnels()).isNotEmpty();
        }
    }

    private void thenTheUploadIsWhole(Duration standstill) throws Exception {
        try (Socket staller = Client.connect(meeting.visitors())) {
            Future<String> digest = crowd.send(() -> {
                staller.setSoTimeout((int) standstill.plus(Client.PATIENCE).toMillis());
                return Client.uploadToPaused(staller, FLOOD, 7);
            });
            await().until(() -> !heard.lines("suspect").isEmpty());
            thenIsNotCutFor(standstill);
            origin.goOn();
            then(digest.get(60, TimeUnit.SECONDS)).isEqualTo(Client.sha256(FLOOD, 7));
            await().until(() -> !heard.lines("alive").isEmpty());
        }
    }

    /** A visitor of V2Ray's portal stops reading, and with him all of the tunnel; then he reads on. */
    @Test
    @RequiresPeer("v2ray")
    void a_visitor_stalls_v2rays_portal_which_is_not_cut_and_goes_on() throws Exception {
        try (V2Ray portal = Theirs.portal(meeting);
                Bridge bridge = Ours.bridge(meeting)
                        .tunnels(1, 1)
                        .pingInterval(INTERVAL)
                        .listener(heard)
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            awaitTunnel();
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askForDownload(staller, FLOOD, 7);
                long[] before = {0};
                await().pollInterval(Duration.ofMillis(500)).until(() -> {
                    boolean stands = origin.bytesSent() > 1 << 20 && origin.bytesSent() == before[0];
                    before[0] = origin.bytesSent();
                    return stands;
                });
                thenIsNotCutForManyIntervals();

                Client.Transfer all = Client.readToEnd(staller);
                then(all.sha256()).isEqualTo(Client.sha256(FLOOD, 7));
                then(all.end()).isEqualTo(Client.End.CLEAN);
            }
            then(heard.lines("down")).isEmpty();
            then(portal.isAlive()).isTrue();
        }
    }

    private void thenIsNotCutForManyIntervals() {
        thenIsNotCutFor(INTERVAL.multipliedBy(8));
    }

    private void thenIsNotCutFor(Duration time) {
        await().during(time)
                .atMost(time.multipliedBy(3))
                .until(() -> heard.lines("down").isEmpty());
    }

    private Socket user() throws IOException {
        Socket user = Client.connect(meeting.visitors());
        then(Client.echo(user, "hello")).isEqualTo("hello");
        return user;
    }

    private static void signal(String name, long pid) throws IOException, InterruptedException {
        then(new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).start().waitFor())
                .isZero();
    }

    private void awaitTunnel() {
        await().atMost(Duration.ofSeconds(40))
                .ignoreExceptions()
                .untilAsserted(() -> then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY));
    }
}
