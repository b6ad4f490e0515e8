package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** One load and what is read off it, in the order of a turn: memory first, before bulk has filled pools and heaps. */
enum Measure {
    MEMORY("memory") {
        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException, InterruptedException {
            if (bench.isDirect()) {
                return;
            }
            bench.rssKib(WARM_UP_SESSIONS);
            long idle = bench.rssKib(0);
            long loaded = bench.rssKib(SESSIONS);
            values.put(Metric.RSS_IDLE, idle / 1024.0);
            values.put(Metric.RSS_SESSION, (double) (loaded - idle) / SESSIONS);
        }
    },
    REQUESTS("requests") {
        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException, InterruptedException {
            put(bench, values, Metric.REQUESTS, Metric.CPU_REQUEST, bench.requests());
        }
    },
    CONNECTIONS("connections") {
        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException, InterruptedException {
            put(bench, values, Metric.CONNECTIONS, Metric.CPU_CONNECTION, bench.connections());
        }
    },
    PING("ping") {
        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException {
            long[] nanos = bench.pings();
            values.put(Metric.PING_P50, micros(nanos, 0.50));
            values.put(Metric.PING_P99, micros(nanos, 0.99));
        }
    },
    DOWN_1("down1") {
        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException, InterruptedException {
            LoadBench.Window window = bench.bulkDown(1);
            values.put(Metric.DOWN_1, window.perSecond() / MIB);
            if (!bench.isDirect()) {
                values.put(Metric.CPU_DOWN_1, window.cpuSeconds() / (window.count() / GIB));
            }
        }
    },
    DOWN_8("down8") {
        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException, InterruptedException {
            values.put(Metric.DOWN_8, bench.bulkDown(8).perSecond() / MIB);
        }
    },
    UP_1("up1") {
        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException, InterruptedException {
            LoadBench.Window window = bench.bulkUp(1);
            values.put(Metric.UP_1, window.perSecond() / MIB);
            if (!bench.isDirect()) {
                values.put(Metric.CPU_UP_1, window.cpuSeconds() / (window.count() / GIB));
            }
        }
    },
    UP_8("up8") {
        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException, InterruptedException {
            values.put(Metric.UP_8, bench.bulkUp(8).perSecond() / MIB);
        }
    },
    BESIDE("beside") {
        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException {
            long[] nanos = bench.pingsBesideBulk();
            values.put(Metric.BESIDE_P50, micros(nanos, 0.50));
            values.put(Metric.BESIDE_P99, micros(nanos, 0.99));
        }
    };

    private static final double MIB = 1024 * 1024;
    private static final double GIB = 1024 * MIB;
    private static final int SESSIONS = 1_000;
    /** Loads code and buffers that belong to no session. */
    private static final int WARM_UP_SESSIONS = 100;

    private final String key;

    Measure(String key) {
        this.key = key;
    }

    /** Its name at the command line. */
    String key() {
        return key;
    }

    abstract void take(LoadBench bench, Map<Metric, Double> values) throws IOException, InterruptedException;

    static Measure of(String key) {
        return Arrays.stream(values())
                .filter(measure -> measure.key.equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--only: " + key + " (expected: "
                        + Arrays.stream(values()).map(Measure::key).collect(Collectors.joining(", ")) + ")"));
    }

    private static void put(
            LoadBench bench, Map<Metric, Double> values, Metric rate, Metric cpu, LoadBench.Window window) {
        values.put(rate, window.perSecond());
        if (!bench.isDirect()) {
            values.put(cpu, window.cpuSeconds() * 1e6 / window.count());
        }
    }

    private static double micros(long[] sorted, double quantile) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * quantile))] / 1e3;
    }
}
