package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One load and what is read off it, in the order of a turn: late the crowd of idle sessions, which leaves eight tunnels
 * behind for a while, and last what leaves no bridge.
 */
enum Measure {
    COLD("cold") {
        @Override
        boolean isCold() {
            return true;
        }

        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException, InterruptedException {
            LoadBench.FirstSecond second = bench.firstSecond();
            values.put(Metric.COLD_DOWN, second.bytes() / MIB);
            values.put(Metric.COLD_P99, second.pingP99() / 1e3);
            if (!bench.isDirect()) {
                values.put(Metric.START_UP, bench.startUp());
                values.put(Metric.START_UP_CPU, bench.startUpCpu());
            }
        }
    },
    FIRST("first") {
        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException {
            values.put(Metric.FIRST_P50, micros(bench.firstAnswers(), 0.50));
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
    },
    MEMORY("memory") {
        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException, InterruptedException {
            for (int i = 0; i < WARM_UPS; i++) {
                bench.idle(SESSIONS);
            }
            LoadBench.Idle none = bench.idle(0);
            LoadBench.Idle many = bench.idle(SESSIONS);
            values.put(Metric.OPENED, SESSIONS / many.seconds());
            if (bench.isDirect()) {
                return;
            }
            values.put(Metric.RSS_IDLE, none.rssKib() / 1024.0);
            values.put(Metric.RSS_SESSION, (double) (many.rssKib() - none.rssKib()) / SESSIONS);
            if (many.memory().isPresent() && none.memory().isPresent()) {
                double grown = many.memory().getAsLong() - none.memory().getAsLong();
                values.put(Metric.MEMORY_SESSION, grown / 1024 / SESSIONS / 2);
            }
        }
    },
    TUNNELS("tunnels") {
        @Override
        void take(LoadBench bench, Map<Metric, Double> values) throws IOException, InterruptedException {
            bench.newTunnels().ifPresent(nanos -> {
                values.put(Metric.TUNNEL_P50, micros(nanos.fromDial(), 0.50));
                values.put(Metric.TUNNEL_P99, micros(nanos.fromDial(), 0.99));
                values.put(Metric.BRIDGE_P50, micros(nanos.fromStart(), 0.50));
            });
        }
    };

    private static final double MIB = 1024 * 1024;
    private static final double GIB = 1024 * MIB;
    private static final int SESSIONS = 5_000;
    /** As often they come and go before: code, tables and buffers grow to that size once. */
    private static final int WARM_UPS = 3;

    private final String key;

    Measure(String key) {
        this.key = key;
    }

    /** Its name at the command line. */
    String key() {
        return key;
    }

    /** Whether it is taken of a system that has just started, before anything has woken it up. */
    boolean isCold() {
        return false;
    }

    /** Whether the mixed load of a wake-up must have run before. */
    boolean needsWakeUp() {
        return !isCold() && this != TUNNELS;
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

    static double micros(long[] sorted, double quantile) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * quantile))] / 1e3;
    }
}
