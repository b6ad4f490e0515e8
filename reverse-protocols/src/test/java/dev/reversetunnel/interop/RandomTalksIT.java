package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.interop.TalkingPair.Seen;
import dev.reversetunnel.peers.Crowd;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random talks of a visitor and an origin, with ours between them, with V2Ray, and with one of each: both see the same.
 * V2Ray 4.34 is a black box. It differs from ours in this, between two of it or at one end:
 *
 * <ul>
 *   <li>When it is told that the other one has reset, its portal shows its visitor a clean end, and its bridge the
 *       origin.
 *   <li>A visitor who ends his output gets no answer through its portal, or a part of it, and a clean end.
 *   <li>Neither its portal nor its bridge notices that somebody has reset behind more than 2 KiB that it has read in
 *       one piece: it says nothing to our end, for as long as that says nothing itself. Behind less it says so at once.
 *       So who resets here says one byte more before, which arrives.
 * </ul>
 *
 * <p>A visitor of our portal who closes behind what he said looks as one who waits for an answer. Where the bridge is
 * V2Ray's, which cannot be told of a half-close, the origin hears of it when nothing has moved for the half-closed
 * time-out, which is short here.
 */
@RequiresPeer("v2ray")
class RandomTalksIT {
    private static final int AT_ONCE = 50;

    /** A visitor who waits for an answer must hear of it before, however busy the machine is. */
    private static final Duration HALF_CLOSED = Duration.ofSeconds(10);

    private final TalkingPair pair = new TalkingPair();
    private final Crowd crowd = new Crowd();

    @AfterEach
    void close() {
        crowd.close();
        pair.close();
    }

    @Test
    void fifty_look_the_same() throws Exception {
        compare(0, 50);
    }

    @Test
    @Tag("long")
    void two_thousand_look_the_same() throws Exception {
        for (int first = 1_000; first < 3_000; first += 200) { // after which the tunnels are new ones
            compare(first, 200);
        }
    }

    private void compare(long first, int talks) throws Exception {
        List<Seen> ours = hold(first, talks, Ends.OURS);
        for (Ends ends : Ends.values()) {
            List<Seen> theirs = ends == Ends.OURS ? ours : hold(first, talks, ends);
            List<String> differences = new ArrayList<>();
            Map<Talk.End, Integer> met = new EnumMap<>(Talk.End.class);
            for (int i = 0; i < talks; i++) {
                Talk talk = Talk.of(first + i);
                met.merge(talk.end(), 1, Integer::sum);
                if (!isSame(talk, ends, ours.get(i), theirs.get(i))) {
                    differences.add(talk + ": ours " + ours.get(i) + ", and here " + theirs.get(i) + ", expected "
                            + ends.shown(talk.end()));
                }
            }
            System.out.println(
                    "RandomTalksIT, " + ends + ", " + talks + " talks, " + differences.size() + " that differ: " + met);
            then(differences).as(ends + ", met: " + met).isEmpty();
        }
    }

    private static boolean isSame(Talk talk, Ends ends, Seen ours, Seen theirs) {
        boolean answerLost = talk.end() == Talk.End.VISITOR_ENDS_HIS_OUTPUT && !ends.ourPortal;
        return theirs.origin().hasHeard(ours.origin())
                && (answerLost || theirs.visitor().hasHeard(ours.visitor()))
                && theirs.shown().equals(ends.shown(talk.end()));
    }

    /** Who is between the two. */
    @SuppressWarnings("ImmutableEnumChecker") // lambdas that capture nothing
    private enum Ends {
        OURS(true, true, where -> Ours.running(Ours.portal(where)), where -> Ours.running(Ours.bridge(where))),
        OUR_PORTAL(
                true,
                false,
                where -> Ours.running(Ours.portal(where).halfClosedTimeout(HALF_CLOSED)),
                where -> Theirs.bridge(where)::close),
        OUR_BRIDGE(false, true, where -> Theirs.portal(where)::close, where -> Ours.running(Ours.bridge(where))),
        V2RAY(false, false, where -> Theirs.portal(where)::close, where -> Theirs.bridge(where)::close);

        private final boolean ourPortal;
        private final boolean ourBridge;
        private final Function<Meeting, End> portal;
        private final Function<Meeting, End> bridge;

        Ends(boolean ourPortal, boolean ourBridge, Function<Meeting, End> portal, Function<Meeting, End> bridge) {
            this.ourPortal = ourPortal;
            this.ourBridge = ourBridge;
            this.portal = portal;
            this.bridge = bridge;
        }

        /** How it ends for the visitor, and for the origin. */
        String shown(Talk.End end) {
            return switch (end) {
                case VISITOR_CLOSES, VISITOR_SENDS_AND_CLOSES -> "himself/clean";
                case ORIGIN_CLOSES, ORIGIN_SENDS_AND_CLOSES, VISITOR_ENDS_HIS_OUTPUT -> "clean/himself";
                case VISITOR_RESETS -> ourBridge ? "himself/reset" : "himself/clean";
                case ORIGIN_RESETS -> ourPortal ? "reset/himself" : "clean/himself";
            };
        }
    }

    private List<Seen> hold(long first, int talks, Ends ends) throws Exception {
        Meeting meeting =
                new Meeting(Ports.free(), Ports.free(), UUID.randomUUID(), "talks.test.internal", pair.originPort());
        try (End portal = ends.portal.apply(meeting);
                End bridge = ends.bridge.apply(meeting)) {
            awaitTunnel(meeting);
            List<Seen> seen = new ArrayList<>();
            for (long seed = first; seed < first + talks; seed += AT_ONCE) {
                List<Future<Seen>> now = new ArrayList<>();
                for (long one = seed; one < Math.min(first + talks, seed + AT_ONCE); one++) {
                    Talk talk = Talk.of(one);
                    now.add(crowd.send(() -> pair.hold(talk, meeting.visitors())));
                }
                for (int i = 0; i < now.size(); i++) {
                    try {
                        seen.add(now.get(i).get());
                    } catch (Exception e) {
                        throw new AssertionError(ends + ", " + Talk.of(seed + i), e);
                    }
                }
            }
            return seen;
        }
    }

    private void awaitTunnel(Meeting meeting) {
        await().atMost(Duration.ofSeconds(40)).ignoreExceptions().until(() -> pair.isReached(meeting.visitors()));
    }
}
