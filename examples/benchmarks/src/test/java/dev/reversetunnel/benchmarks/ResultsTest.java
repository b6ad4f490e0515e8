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

    private void add(String system, double... rounds) {
        for (int i = 0; i < rounds.length; i++) {
            results.add(system, i + 1, Map.of(Metric.DOWN_1, rounds[i]));
        }
    }
}
