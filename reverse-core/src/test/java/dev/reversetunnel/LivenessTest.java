package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxListener;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.mux.MuxRole;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Time is moved by the test; without jitter, so that each second can be told. */
class LivenessTest {
    private static final MuxOptions SMALL_QUEUES =
            MuxOptions.DEFAULT.maxSessions(16).queueBytes(4, 64).grace(Duration.ofHours(1));

    private static final TcpSigns STALLED = new TcpSigns(Duration.ofMinutes(5), 0, 0, 0);
    private static final TcpSigns DEAD = new TcpSigns(Duration.ofSeconds(9), 2, 3, 0);

    private final EmbeddedChannel carrier = new EmbeddedChannel();
    private final List<String> told = new ArrayList<>();
    private final MuxConnection mux = MuxConnection.install(carrier, MuxRole.SERVER, SMALL_QUEUES, new MuxListener() {
        @Override
        public boolean acceptSession(MuxSession session) {
            return true;
        }

        @Override
        public void heard(MuxConnection connection) {
            if (liveness != null) {
                liveness.heard();
            }
        }

        @Override
        public void blockedChanged(MuxConnection connection) {
            liveness().readingChanged();
        }
    });
    private @Nullable TcpSigns signs;
    private @Nullable Liveness liveness;

    @AfterEach
    void end() {
        carrier.finishAndReleaseAll();
    }

    private Liveness liveness() {
        if (liveness == null) {
            throw new AssertionError("not watched yet");
        }
        return liveness;
    }

    private void watch(boolean atBridge, RandomGenerator random) {
        carrier.freezeTime();
        liveness = new Liveness(
                mux,
                LivenessTimes.DEFAULT,
                atBridge,
                () -> signs,
                Loops.nanoTime(carrier.eventLoop()),
                random,
                new Liveness.Listener() {
                    @Override
                    public void suspect(boolean suspect) {
                        told.add(suspect ? "suspect" : "alive");
                    }

                    @Override
                    public void dead(String reason) {
                        told.add("dead: " + reason);
                    }
                });
        liveness.start();
    }

    private void watchBridgeOfOurs() {
        watch(false, () -> 0);
        receive(MuxWire.HELLO);
        then(mux.isOwnPeer()).isTrue();
    }

    private void watchForeignBridge() {
        watch(false, () -> 0);
    }

    private void watchForeignPortal() {
        watch(true, () -> 0);
    }

    private void receive(String hex) {
        carrier.writeInbound(Hex.buffer(hex));
    }

    /** A heartbeat, or an answer, for an id that is not open. */
    private void hear() {
        receive("0004 0009 03 00");
    }

    /** Moves on second by second; in which of them was a ping sent? Counted from this call on. */
    private List<Integer> pings(int seconds) {
        List<Integer> pings = new ArrayList<>();
        for (int second = 1; second <= seconds; second++) {
            carrier.advanceTimeBy(1, TimeUnit.SECONDS);
            carrier.runPendingTasks();
            carrier.runPendingTasks(); // what was written in the first turn
            for (ByteBuf bytes = carrier.readOutbound(); bytes != null; bytes = carrier.readOutbound()) {
                if (Hex.of(bytes).startsWith("0004ffff0201") || Hex.of(bytes).startsWith("000400000401000903")) {
                    pings.add(second);
                }
                bytes.release();
            }
        }
        return pings;
    }

    // ---- ends of our own make ----

    @Test
    void one_of_ours_is_asked_then_suspect_then_dead_after_three_intervals() {
        watchBridgeOfOurs();
        then(pings(5)).containsExactly(3);
        then(told).isEmpty();
        then(liveness().isAsked()).isTrue();
        then(liveness().isSuspect()).isFalse();

        then(pings(1)).containsExactly(1);
        then(told).containsExactly("suspect");
        then(liveness().isSuspect()).isTrue();

        then(pings(2)).isEmpty();
        then(told).hasSize(1);
        pings(1);
        then(told).containsExactly("suspect", "dead: nothing was heard for 9000 ms");
        then(pings(600)).isEmpty();
        then(told).hasSize(2);
    }

    @Test
    void one_of_ours_is_dead_also_if_tcp_is_alive() {
        watchBridgeOfOurs();
        signs = STALLED;
        pings(9);
        then(told).last().asString().startsWith("dead");
    }

    @Test
    void to_one_of_ours_we_speak_when_we_have_said_nothing_though_it_is_heard() {
        watchBridgeOfOurs();
        List<Integer> spoken = new ArrayList<>();
        for (int second = 1; second <= 12; second++) {
            hear();
            if (!pings(1).isEmpty()) {
                spoken.add(second);
            }
        }
        then(spoken).containsExactly(3, 6, 9, 12);
        then(liveness().isAsked()).isFalse();
        then(told).isEmpty();
    }

    @Test
    void the_clock_stands_still_while_our_own_reading_is_stopped_and_we_say_that_we_live() {
        watchBridgeOfOurs();
        pings(7); // suspect since second 6
        // GIVEN a session whose reader takes nothing
        receive("000c 0001 01 01 01 0050 01 7f000001 | 0008 0102030405060708");
        then(mux.isBlocked()).isTrue();
        then(told).containsExactly("suspect", "alive");
        // WHEN
        then(pings(600)).hasSizeBetween(199, 200);
        // THEN
        then(told).hasSize(2);
        then(liveness().isAsked()).isFalse();

        // AND WHEN it goes on, silence counts from where it had stopped
        receive("0004 0001 03 02");
        then(mux.isBlocked()).isFalse();
        pings(8);
        then(told).containsExactly("suspect", "alive", "suspect");
        pings(1);
        then(told).last().asString().startsWith("dead");
    }

    // ---- foreign ends ----

    @Test
    void a_foreign_bridge_that_answers_is_asked_once_in_an_interval() {
        watchForeignBridge();
        for (int i = 0; i < 20; i++) {
            then(pings(3)).containsExactly(3);
            hear();
        }
        then(told).isEmpty();
    }

    @Test
    void a_foreign_end_that_is_heard_by_itself_is_not_asked() {
        watchForeignBridge();
        for (int i = 0; i < 60; i++) {
            then(pings(2)).isEmpty();
            hear();
        }
    }

    @Test
    void a_stalled_foreign_bridge_is_suspect_and_never_cut() {
        watchForeignBridge();
        signs = STALLED;
        then(pings(12)).containsExactly(3, 6, 9, 12);
        then(told).containsExactly("suspect");
        pings(3_600);
        then(told).containsExactly("suspect");

        hear();
        then(told).containsExactly("suspect", "alive");
        then(liveness().isSuspect()).isFalse();
    }

    @Test
    void a_foreign_bridge_is_dead_when_three_pings_went_unanswered_and_tcp_shows_no_life() {
        watchForeignBridge();
        signs = DEAD;
        pings(11);
        then(told).containsExactly("suspect");
        pings(1);
        then(told)
                .containsExactly(
                        "suspect",
                        "dead: nothing was heard for 12000 ms, and what was sent for 9000 ms has not arrived");
    }

    @Test
    void a_stalled_foreign_bridge_that_dies_is_found_out() {
        watchForeignBridge();
        signs = STALLED;
        pings(60);
        signs = new TcpSigns(Duration.ofSeconds(10), 0, 0, 2); // probes of its closed window
        pings(3);
        then(told).last().asString().startsWith("dead");
    }

    @Test
    void where_the_system_tells_nothing_a_foreign_bridge_is_dead_after_a_long_silence() {
        watchForeignBridge();
        then(pings(59)).hasSize(19);
        then(told).containsExactly("suspect");
        pings(1);
        then(told).containsExactly("suspect", "dead: nothing was heard for 60000 ms");
    }

    @Test
    void a_foreign_portal_is_asked_after_five_intervals_for_it_speaks_by_itself() {
        watchForeignPortal();
        for (int i = 0; i < 20; i++) {
            then(pings(10)).isEmpty(); // as seldom as Xray's
            hear();
        }
        then(pings(24)).containsExactly(15, 18, 21, 24);
        then(told).containsExactly("suspect");
    }

    @Test
    void to_a_foreign_end_nothing_is_said_while_our_own_reading_is_stopped() {
        watchForeignBridge();
        receive("000c 0001 01 01 01 0050 01 7f000001 | 0008 0102030405060708");
        then(pings(600)).isEmpty();
        then(told).isEmpty();
    }

    // ---- both ----

    @Test
    void tells_how_long_an_answer_took() {
        watchForeignBridge();
        then(liveness().roundTripNanos()).isNegative();
        pings(3);
        carrier.advanceTimeBy(40, TimeUnit.MILLISECONDS);
        hear();
        then(Duration.ofNanos(liveness().roundTripNanos())).isEqualTo(Duration.ofMillis(40));
        pings(8); // two pings: nobody knows which of them is answered
        hear();
        then(Duration.ofNanos(liveness().roundTripNanos())).isEqualTo(Duration.ofMillis(40));
    }

    @Test
    void many_tunnels_do_not_ask_at_one_moment() {
        SplittableRandom random = new SplittableRandom(7);
        watch(false, random);
        List<Long> asked = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            long waited = 0;
            while (!liveness().isAsked()) {
                carrier.advanceTimeBy(10, TimeUnit.MILLISECONDS);
                carrier.runPendingTasks();
                waited += 10;
            }
            asked.add(waited);
            hear();
        }
        then(asked).allMatch(waited -> waited >= 2_250 && waited <= 3_000);
        then(asked.stream().distinct().count()).isGreaterThan(10);
    }

    @Test
    void is_over_with_its_tunnel() {
        watchForeignBridge();
        liveness().stop();
        then(pings(600)).isEmpty();
        then(told).isEmpty();
    }
}
