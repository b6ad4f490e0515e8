package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.TunnelDemand.Load;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class TunnelDemandTest {
    private static final Duration IDLE = Duration.ofSeconds(60);
    private static final TunnelDemand DEFAULT = new TunnelDemand(1, 8, 2, 256 * 1024, IDLE, 1, 1_024);

    private static Load ours(int visitors) {
        return new Load(false, false, false, visitors, visitors + 1, 0, 0);
    }

    private static Load foreign(int visitors) {
        return new Load(false, false, true, visitors, visitors + 1, 0, 0);
    }

    private static Load suspect() {
        return new Load(true, false, true, 3, 4, 0, 0);
    }

    private static Load blocked(int visitors) {
        return new Load(false, true, false, visitors, visitors + 1, 0, 0);
    }

    @Test
    void one_is_kept_up() {
        then(DEFAULT.wantsAnother(List.of())).isTrue();
        then(DEFAULT.wantsAnother(List.of(ours(0)))).isFalse();
        then(new TunnelDemand(2, 2, 2, 1, IDLE, 1, 1_024).wantsAnother(List.of(ours(0))))
                .isTrue();
    }

    @Test
    void more_than_16_sessions_on_the_average_are_a_load_to_a_foreign_portal() {
        TunnelDemand noSpares = new TunnelDemand(1, 8, 0, 256 * 1024, IDLE, 1, 1_024);
        thenIsALoadBeyond(16, noSpares, TunnelDemandTest::foreign);
    }

    @Test
    void more_than_128_sessions_on_the_average_are_a_load_to_a_portal_of_ours() {
        thenIsALoadBeyond(128, DEFAULT, TunnelDemandTest::ours);
    }

    /** With the control session. */
    private static void thenIsALoadBeyond(int sessions, TunnelDemand demand, IntFunction<Load> visitors) {
        then(demand.wantsAnother(List.of(visitors.apply(sessions - 1)))).isFalse();
        then(demand.wantsAnother(List.of(visitors.apply(sessions)))).isTrue();
        then(demand.wantsAnother(List.of(visitors.apply(2 * sessions - 1), visitors.apply(0))))
                .isFalse();
        then(demand.wantsAnother(List.of(visitors.apply(2 * sessions), visitors.apply(0))))
                .isTrue();
    }

    @Test
    void a_quarter_of_what_a_tunnel_can_have_is_a_load_but_no_less_than_to_a_foreign_portal() {
        TunnelDemand hundred = new TunnelDemand(1, 8, 2, 256 * 1024, IDLE, 1, 100);
        then(hundred.wantsAnother(List.of(ours(24)))).isFalse();
        then(hundred.wantsAnother(List.of(ours(25)))).isTrue();
        TunnelDemand ten = new TunnelDemand(1, 8, 2, 256 * 1024, IDLE, 1, 10);
        then(ten.wantsAnother(List.of(ours(9)))).isFalse();
    }

    @Test
    void each_event_loop_gets_a_tunnel_before_any_gets_many_sessions() {
        TunnelDemand threeLoops = new TunnelDemand(1, 8, 2, 256 * 1024, IDLE, 3, 1_024);
        then(threeLoops.wantsAnother(List.of(ours(15)))).isFalse();
        then(threeLoops.wantsAnother(List.of(ours(16)))).isTrue();
        then(threeLoops.wantsAnother(List.of(ours(16), ours(16)))).isTrue();
        then(threeLoops.wantsAnother(List.of(ours(16), ours(16), ours(16)))).isFalse();
        then(threeLoops.canSpareOne(List.of(ours(16), ours(16), ours(16)))).isFalse();
        then(threeLoops.canSpareOne(List.of(ours(16), ours(16), ours(16), ours(16))))
                .isTrue();
        then(threeLoops.canSpareOne(List.of(ours(8), ours(8), ours(1)))).isTrue();
    }

    @Test
    void bytes_that_wait_for_slow_readers_are_a_load() {
        Load queued = new Load(false, false, false, 4, 5, 256 * 1024 + 1, 0);
        then(DEFAULT.wantsAnother(List.of(queued))).isTrue();
        then(DEFAULT.wantsAnother(List.of(queued, ours(0)))).isFalse();
    }

    @Test
    void one_that_is_blocked_is_of_no_use_for_new_visitors() {
        then(DEFAULT.wantsAnother(List.of(blocked(3)))).isTrue();
        then(DEFAULT.wantsAnother(List.of(blocked(3), ours(1)))).isFalse();
        then(DEFAULT.wantsAnother(List.of(blocked(3), ours(128)))).isTrue();
    }

    @Test
    void one_that_does_not_answer_is_replaced_at_once_also_beyond_the_most() {
        then(DEFAULT.wantsAnother(List.of(suspect()))).isTrue();
        TunnelDemand one = new TunnelDemand(1, 1, 0, 1, IDLE, 1, 1_024);
        then(one.wantsAnother(List.of(suspect()))).isTrue();
        then(one.wantsAnother(List.of(suspect(), ours(0)))).isFalse();
        then(one.wantsAnother(List.of(suspect(), suspect()))).isFalse(); // a portal that lets all of them stall
    }

    @Test
    void two_idle_ones_are_kept_to_a_foreign_portal() {
        List<Load> tunnels = new ArrayList<>();
        for (int visitors = 0; visitors <= 5; visitors++) {
            // WHEN the portal has given each visitor a tunnel of his own
            tunnels.removeIf(load -> load.visitors() == 0);
            tunnels.addAll(Collections.nCopies(visitors - tunnels.size(), foreign(1)));
            int idle = 0;
            while (DEFAULT.wantsAnother(withIdle(tunnels, idle))) {
                idle++;
            }
            // THEN: on top of the one that is kept up; and two more than are in use
            then(idle).as("idle ones beside " + visitors).isEqualTo(visitors == 0 ? 3 : 2);
        }
    }

    private static List<Load> withIdle(List<Load> tunnels, int idle) {
        List<Load> all = new ArrayList<>(tunnels);
        for (int i = 0; i < idle; i++) {
            all.add(foreign(0));
        }
        return all;
    }

    @Test
    void no_more_than_the_most_are_kept_as_spares() {
        then(DEFAULT.wantsAnother(Collections.nCopies(7, foreign(1)))).isTrue();
        then(DEFAULT.wantsAnother(Collections.nCopies(8, foreign(1)))).isFalse();
        then(new TunnelDemand(1, 8, 0, 1 << 20, IDLE, 1, 1_024).wantsAnother(List.of(foreign(1))))
                .isFalse();
    }

    @Test
    void no_spares_are_kept_to_a_portal_of_ours() {
        then(DEFAULT.wantsAnother(List.of(ours(9)))).isFalse();
    }

    @Test
    void one_can_be_spared_when_the_others_have_room_for_more_than_there_is() {
        then(DEFAULT.canSpareOne(List.of(ours(0)))).isFalse();
        then(DEFAULT.canSpareOne(List.of(ours(0), ours(0)))).isTrue();
        then(DEFAULT.canSpareOne(List.of(ours(83), ours(0)))).isTrue();
        then(DEFAULT.canSpareOne(List.of(ours(83), ours(1)))).isFalse(); // else it would be dialled again soon
        then(new TunnelDemand(2, 8, 2, 1, IDLE, 1, 1_024).canSpareOne(List.of(ours(0), ours(0))))
                .isFalse();
    }

    @Test
    void none_can_be_spared_that_stalls_or_is_of_a_foreign_portal() {
        then(DEFAULT.canSpareOne(List.of(ours(0), foreign(0)))).isFalse();
        then(DEFAULT.canSpareOne(List.of(ours(0), blocked(0), ours(0)))).isFalse();
        then(DEFAULT.canSpareOne(List.of(ours(0), suspect(), ours(0)))).isFalse();
    }

    @Test
    void a_portal_that_wishes_for_more_gets_them_as_far_as_allowed() {
        Load wishing = new Load(false, false, false, 0, 1, 0, 3);
        then(DEFAULT.wantsAnother(List.of(wishing))).isTrue();
        then(DEFAULT.wantsAnother(List.of(wishing, ours(0)))).isTrue();
        then(DEFAULT.wantsAnother(List.of(wishing, ours(0), ours(0)))).isFalse();
        then(DEFAULT.canSpareOne(List.of(wishing, ours(0), ours(0)))).isFalse();
        then(DEFAULT.canSpareOne(List.of(wishing, ours(0), ours(0), ours(0)))).isTrue();
        then(new TunnelDemand(1, 2, 0, 1, IDLE, 1, 1_024).wantsAnother(List.of(wishing, ours(0))))
                .isFalse();
    }
}
