package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Client.Transfer;
import dev.reversetunnel.peers.Crowd;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.peers.XrayDocuments;
import dev.reversetunnel.vless.Vless;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Visitors as {@code printf ... | nc -N} is one: 200 kB, the end of their output, and an answer of 1 MiB at once or
 * after a while.
 *
 * <p>What becomes of the end depends on who made the two ends:
 *
 * <table>
 *   <caption>Measured with V2Ray 4.34 and Xray 26.7</caption>
 *   <tr><th>portal</th><th>bridge</th><th>the end reaches the origin</th><th>the answer reaches the visitor</th></tr>
 *   <tr><td>ours</td><td>ours</td><td>at once</td><td>whole</td></tr>
 *   <tr><td>ours</td><td>theirs</td><td>behind the answer: plain Mux.cool has one End, for both directions</td>
 *       <td>whole</td></tr>
 *   <tr><td>theirs</td><td>ours</td><td>at once, behind all that was sent</td>
 *       <td>not at all: their portal ends the session and closes the visitor's connection as soon as he ends his output,
 *       whatever its bridge sends</td></tr>
 * </table>
 */
class HalfCloseIT {
    private static final long SAID = 200_000;
    private static final long ANSWER = 1 << 20;
    private static final List<Duration> PAUSES = List.of(Duration.ZERO, Duration.ofSeconds(3));

    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);
    private final Crowd crowd = new Crowd();

    @AfterEach
    void close() {
        crowd.close();
        origin.close();
    }

    @Test
    void between_ours_the_origin_hears_the_end_and_its_answer_comes_whole() throws Exception {
        try (End portal = Ours.running(Ours.portal(meeting));
                End bridge = Ours.running(Ours.bridge(meeting))) {
            thenTheAnswerIsWhole(true);
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void through_v2rays_bridge_our_portal_brings_the_whole_answer() throws Exception {
        try (End portal = Ours.running(Ours.portal(meeting));
                End bridge = Theirs.bridge(meeting)::close) {
            thenTheAnswerIsWhole(false);
        }
    }

    @Test
    @RequiresPeer("xray")
    void through_xrays_bridge_our_portal_brings_the_whole_answer() throws Exception {
        try (End portal = Ours.running(ReverseTunnel.portal("portal")
                        .listen(Vless.server(meeting.bridges())
                                .address("127.0.0.1")
                                .reverseUser("interconn", meeting.id()))
                        .listen(Inbound.port(meeting.visitors())
                                .address("127.0.0.1")
                                .to("127.0.0.1", 80)));
                End bridge = Xray.start(XrayDocuments.reverse(meeting.bridges(), meeting.id())
                        .bridge("127.0.0.1:" + meeting.originPort()))::close) {
            thenTheAnswerIsWhole(false);
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void v2rays_portal_drops_the_answer_and_our_bridges_origin_hears_all_and_the_end() throws Exception {
        try (End portal = Theirs.portal(meeting)::close;
                End bridge = Ours.running(Ours.bridge(meeting))) {
            thenTheOriginHearsAll();
        }
    }

    @Test
    @RequiresPeer("xray")
    void xrays_portal_drops_the_answer_and_our_bridges_origin_hears_all_and_the_end() throws Exception {
        try (End portal = Xray.start(
                        XrayDocuments.reverse(meeting.bridges(), meeting.id()).portal(meeting.visitors()))::close;
                End bridge = Ours.running(ReverseTunnel.bridge("bridge")
                        .connect(Vless.client("127.0.0.1", meeting.bridges())
                                .user(meeting.id())
                                .reverse())
                        .forward("127.0.0.1", meeting.originPort()))) {
            thenTheOriginHearsAll();
        }
    }

    private void thenTheAnswerIsWhole(boolean untilEnd) throws Exception {
        for (Transfer answer : answers(untilEnd)) {
            then(answer.bytes()).isEqualTo(ANSWER);
            then(answer.sha256()).isEqualTo(Client.sha256(ANSWER, 2));
            then(answer.end()).isEqualTo(Client.End.CLEAN);
        }
        String said = Client.sha256(SAID, 1) + (untilEnd ? " end" : ""); // a bridge of theirs may reset it behind all
        await().untilAsserted(() -> then(origin.heard()).hasSize(2).allMatch(heard -> heard.startsWith(said)));
    }

    /** In the second case the whole answer was written when the end is heard; nobody was there any more to take it. */
    private void thenTheOriginHearsAll() throws Exception {
        for (Transfer answer : answers(true)) {
            then(answer.bytes()).as("else the portal has learnt it").isLessThan(ANSWER);
        }
        String said = Client.sha256(SAID, 1);
        await().untilAsserted(() -> then(origin.heard()).hasSize(2).allMatch(heard -> heard.startsWith(said)));
        then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY);
    }

    private List<Transfer> answers(boolean untilEnd) throws Exception {
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .untilAsserted(() -> then(Client.get(meeting.visitors())).isEqualTo(Origin.BODY));
        List<Future<Transfer>> visitors = new ArrayList<>();
        for (Duration pause : PAUSES) {
            visitors.add(
                    crowd.send(() -> Client.sayAllThenListen(meeting.visitors(), SAID, 1, untilEnd, ANSWER, 2, pause)));
        }
        List<Transfer> answers = new ArrayList<>();
        for (Future<Transfer> visitor : visitors) {
            answers.add(visitor.get());
        }
        System.out.println("HalfCloseIT: of " + ANSWER + " bytes came "
                + answers.stream()
                        .map(answer -> answer.bytes() + " (" + answer.end() + ")")
                        .toList());
        return answers;
    }
}
