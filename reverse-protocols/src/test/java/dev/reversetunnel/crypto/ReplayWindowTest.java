package dev.reversetunnel.crypto;

import static dev.reversetunnel.crypto.ReplayWindow.Verdict.FULL;
import static dev.reversetunnel.crypto.ReplayWindow.Verdict.NEW;
import static dev.reversetunnel.crypto.ReplayWindow.Verdict.REPLAYED;
import static dev.reversetunnel.crypto.ReplayWindow.Verdict.TOO_NEW;
import static dev.reversetunnel.crypto.ReplayWindow.Verdict.TOO_OLD;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ReplayWindowTest {
    private static final long NOW = 1_767_225_600L;

    private final ReplayWindow window = new ReplayWindow(16, 1_000_000, 120, 120);

    private static byte[] key(long seed) {
        byte[] key = new byte[16];
        new Random(seed).nextBytes(key);
        return key;
    }

    @Test
    void takes_each_key_once() {
        then(window.enter(key(1), NOW, NOW)).isEqualTo(NEW);
        then(window.enter(key(1), NOW, NOW)).isEqualTo(REPLAYED);
        then(window.enter(key(2), NOW, NOW)).isEqualTo(NEW);
        then(window.size()).isEqualTo(2);
    }

    @Test
    void remembers_a_key_as_long_as_its_time_is_valid_and_forgets_it_then() {
        for (int skew = -120; skew <= 120; skew++) {
            ReplayWindow fresh = new ReplayWindow(16, 10, 120, 120);
            then(fresh.enter(key(1), NOW + skew, NOW)).isEqualTo(NEW);
            for (int later = 0; later <= 250; later++) {
                then(fresh.enter(key(1), NOW + skew, NOW + later))
                        .as("skew %d, %d s later", skew, later)
                        .isEqualTo(later <= skew + 120 ? REPLAYED : TOO_OLD);
            }
            then(fresh.size()).isZero();
        }
    }

    @Test
    void refuses_what_is_outside_of_its_time() {
        then(window.enter(key(1), NOW + 121, NOW)).isEqualTo(TOO_NEW);
        then(window.enter(key(1), NOW - 121, NOW)).isEqualTo(TOO_OLD);
        then(window.size()).isZero();
    }

    @Test
    void refuses_what_it_has_forgotten_also_after_the_clock_was_set_back() {
        then(window.enter(key(1), NOW, NOW)).isEqualTo(NEW);
        then(window.enter(key(2), NOW + 3_600, NOW + 3_600)).isEqualTo(NEW);

        then(window.enter(key(1), NOW, NOW)).isEqualTo(TOO_OLD);
        then(window.enter(key(2), NOW + 3_600, NOW + 3_500)).isEqualTo(REPLAYED);
    }

    @Test
    void refuses_when_it_is_full_until_something_was_forgotten() {
        ReplayWindow small = new ReplayWindow(16, 2, 120, 120);
        then(small.enter(key(1), NOW, NOW)).isEqualTo(NEW);
        then(small.enter(key(2), NOW, NOW)).isEqualTo(NEW);

        then(small.enter(key(3), NOW, NOW)).isEqualTo(FULL);
        then(small.enter(key(1), NOW, NOW)).isEqualTo(REPLAYED);
        then(small.enter(key(3), NOW + 121, NOW + 121)).isEqualTo(NEW);
    }

    @Test
    void agrees_with_a_simple_map_over_a_long_time() {
        Random random = new Random(7);
        Map<Long, Long> seen = new HashMap<>();
        long now = NOW;
        for (int i = 0; i < 100_000; i++) {
            now += random.nextInt(50) == 0 ? 1 : 0;
            long which = random.nextInt(20_000);
            long second = seen.getOrDefault(which, now + random.nextInt(241) - 120);
            boolean isValid = Math.abs(second - now) <= 120;
            if (!isValid) {
                seen.remove(which);
                continue;
            }
            boolean isNew = seen.put(which, second) == null;
            then(window.enter(key(which), second, now)).isEqualTo(isNew ? NEW : REPLAYED);
        }
        then(window.size()).isPositive();
    }

    @Test
    void lets_one_of_many_racing_copies_in() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 200; round++) {
                byte[] key = key(round);
                List<Callable<ReplayWindow.Verdict>> copies = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    copies.add(() -> window.enter(key, NOW, NOW));
                }
                int accepted = 0;
                for (Future<ReplayWindow.Verdict> copy : threads.invokeAll(copies)) {
                    accepted += copy.get() == NEW ? 1 : 0;
                }
                then(accepted).isEqualTo(1);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void refuses_a_key_of_another_size() {
        thenThrownBy(() -> window.enter(new byte[8], NOW, NOW))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("key: 8 bytes (expected: 16)");
    }

    @Test
    void never_takes_a_key_of_zeros_for_new() {
        then(window.enter(new byte[16], NOW, NOW)).isEqualTo(REPLAYED);
    }
}
