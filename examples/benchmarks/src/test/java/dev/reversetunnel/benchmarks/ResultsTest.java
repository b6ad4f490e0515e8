package dev.reversetunnel.benchmarks;

import static org.assertj.core.api.BDDAssertions.then;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultsTest {
    private final Results results = new Results();

    @Test
    void compares_within_a_round_so_that_a_slow_round_does_not_count_against_one_system() {
        // GIVEN a machine that was busy in round 2
        add("v2ray", 100, 10, 100);
        add("ours", 300, 30, 200);

        // THEN
        then(results.medianRatio("ours", "v2ray", Metric.DOWN_1)).hasValue(3);
        then(results.median("ours", Metric.DOWN_1)).hasValue(200);
    }

    @Test
    void leaves_out_rounds_that_one_of_both_did_not_finish() {
        add("v2ray", 100);
        add("ours", 300, 900);

        then(results.medianRatio("ours", "v2ray", Metric.DOWN_1)).hasValue(3);
        then(results.medianRatio("ours", "frp", Metric.DOWN_1)).isEmpty();
    }

    @Test
    void tells_the_worst_round_of_what_happens_once() {
        results.add("ours", 1, Map.of(Metric.START_UP, 0.8, Metric.COLD_DOWN, 200.0, Metric.DOWN_1, 900.0));
        results.add("ours", 2, Map.of(Metric.START_UP, 1.1, Metric.COLD_DOWN, 300.0, Metric.DOWN_1, 800.0));

        then(results.worst("ours", Metric.START_UP)).hasValue(1.1);
        then(results.worst("ours", Metric.COLD_DOWN)).hasValue(200);
        then(results.worst("ours", Metric.DOWN_1)).isEmpty();
        then(results.worst("v2ray", Metric.START_UP)).isEmpty();
    }

    private void add(String system, double... rounds) {
        for (int i = 0; i < rounds.length; i++) {
            results.add(system, i + 1, Map.of(Metric.DOWN_1, rounds[i]));
        }
    }
}
