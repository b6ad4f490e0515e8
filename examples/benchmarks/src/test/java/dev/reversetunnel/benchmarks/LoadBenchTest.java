package dev.reversetunnel.benchmarks;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The harness without a tunnel; says nothing about speed. */
class LoadBenchTest {
    @ParameterizedTest
    @EnumSource(names = {"REQUESTS", "CONNECTIONS", "PING", "DOWN_1", "UP_8"})
    void each_kind_of_load_finds_something_to_count(Measure measure) throws Exception {
        try (LoadOrigin origin = LoadOrigin.start();
                RunningSystem direct = RunningSystem.start(TunnelSystem.direct(), origin.port())) {
            LoadBench bench = new LoadBench(direct, origin, Duration.ofMillis(200), Duration.ofMillis(200));
            Map<Metric, Double> values = new EnumMap<>(Metric.class);

            measure.take(bench, values);

            then(values.values()).isNotEmpty().allSatisfy(value -> then(value).isPositive());
            then(bench.errors()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ours-ss2022", "ours-vless-tls-serve"})
    void ours_is_two_processes_that_tell_their_memory(String name) throws Exception {
        TunnelSystem ours = LoadOptions.parse("--systems", name).systems().get(0);
        try (LoadOrigin origin = LoadOrigin.start();
                RunningSystem running = RunningSystem.start(ours, origin.port())) {
            LoadBench bench = new LoadBench(running, origin, Duration.ZERO, Duration.ofMillis(200));

            then(bench.startUp()).isPositive();
            then(bench.pings()).isNotEmpty();
            then(bench.bulkDown(1).count()).isPositive();
            then(bench.idle(10).memory()).isPresent();
            then(running.pids()).hasSizeGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void reads_cpu_and_memory_of_a_process() throws Exception {
        List<Long> self = List.of(ProcessHandle.current().pid());

        then(ProcStat.cpuSeconds(self)).isPositive();
        then(ProcStat.rssKib(self)).isGreaterThan(1024);
    }

    @Test
    void tells_what_a_system_said_that_did_not_start() throws Exception {
        TunnelSystem broken = TunnelSystem.commands("broken", List.of("echo no such file; exit 1"));

        try (LoadOrigin origin = LoadOrigin.start()) {
            thenThrownBy(() -> RunningSystem.start(broken, origin.port()).close())
                    .isInstanceOf(SystemNotReadyException.class)
                    .hasMessageContaining("no such file");
        }
    }
}
