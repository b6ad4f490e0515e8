package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How much a sender is granted, and when. */
class ReceiveWindowTest {
    private static final int FIRST = 64 * 1024;
    private static final int HALF = FIRST / 2;
    private static final int MOST = 1024 * 1024;

    private final Purse purse = new Purse();
    private final ReceiveWindow window = new ReceiveWindow(FIRST, 0);
    private long now;

    private static final class Purse implements ByteBudget {
        private int left = 10 * MOST;

        @Override
        public boolean reserve(int bytes) {
            if (bytes > left) {
                return false;
            }
            left -= bytes;
            return true;
        }

        @Override
        public void release(int bytes) {
            left += bytes;
        }
    }

    private int take(int bytes, long millis, long roundTripMillis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
        then(window.received(bytes)).isTrue();
        return window.taken(bytes, now, TimeUnit.MILLISECONDS.toNanos(roundTripMillis), MOST, purse);
    }

    @Test
    void grants_when_half_of_it_was_taken() {
        then(take(HALF - 1, 5_000, 10)).isZero();
        then(take(1, 1, 10)).isEqualTo(HALF);
    }

    @Test
    void doubles_while_the_sender_spends_it_within_two_round_trips() {
        then(take(HALF, 19, 10)).isEqualTo(HALF + FIRST);
        then(take(FIRST, 19, 10)).isEqualTo(FIRST + 2 * FIRST);
        then(take(2 * FIRST, 21, 10)).as("slower than the way").isEqualTo(2 * FIRST);
        then(window.grown()).isEqualTo(3 * FIRST);
        then(purse.left).isEqualTo(10 * MOST - 3 * FIRST);
    }

    @Test
    void grows_to_the_limit_and_no_further() {
        int granted = 0;
        for (int taken = HALF; taken < MOST; taken = (FIRST + window.grown()) / 2) {
            int grant = take(taken, 1, 10);
            granted += grant - taken;
            if (grant == taken) {
                break;
            }
        }
        then(FIRST + window.grown()).isEqualTo(MOST);
        then(granted).isEqualTo(MOST - FIRST);
    }

    @Test
    void does_not_grow_when_there_is_nothing_left_to_grow_out_of() {
        purse.left = FIRST - 1;
        then(take(HALF, 1, 10)).isEqualTo(HALF);
        then(window.grown()).isZero();
    }

    @Test
    void shrinks_when_it_is_used_no_more() {
        take(HALF, 1, 10);
        then(window.grown()).isEqualTo(FIRST);
        then(take(FIRST, 20_000, 10)).as("granted on").isZero();
        then(window.grown()).isZero();
        then(purse.left).isEqualTo(10 * MOST);
        then(take(HALF, 20_000, 10)).isEqualTo(HALF);
    }

    @Test
    void tells_more_than_was_granted() {
        then(window.received(FIRST)).isTrue();
        then(window.received(1)).isFalse();
    }
}
