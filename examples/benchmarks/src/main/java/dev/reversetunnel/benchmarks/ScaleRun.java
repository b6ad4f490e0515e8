package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Measures how one portal and one bridge of ours carry more and more: sessions, tunnels, event loops. Prints a Markdown
 * table and a plot of each.
 *
 * <p>The bridge is the origin itself: the load alone needs a file descriptor for each session.
 */
public final class ScaleRun {
    private static final String USAGE = """
            ScaleRun [options]
              --rounds n           how often each row is measured; medians count (3)
              --seconds s          how long a measure takes (3)
              --warm-up s          how long its load runs before it counts (2)
              --wake-up s          how long mixed load runs after each start (15)
              --carrier name       vmess, ss2022, vless, vless-tls (ss2022)
              --sessions a,b,...   how many users at a time (1,8,64,512,4096,10000)
              --tunnels a,b,...    how many tunnels for 64 users (1,8,64,512,1000)
              --loops a,b,...      event loops of each JVM, for 64 users and 8 tunnels (1,2,4)
              --jvm-args "..."     for both JVMs
              --out file           write the report there, too
            """;

    private static final int USERS = 64;
    private static final int TUNNELS = 8;

    /** One line of a table. */
    private record Row(int size, double requests, double cpuMicros, double pingP50, double pingP99) {
        static Row median(List<Row> rounds) {
            return new Row(
                    rounds.get(0).size,
                    median(rounds, Row::requests),
                    median(rounds, Row::cpuMicros),
                    median(rounds, Row::pingP50),
                    median(rounds, Row::pingP99));
        }

        private static double median(List<Row> rounds, Function<Row, Double> value) {
            return Results.median(rounds.stream().map(value).toList()).orElseThrow();
        }
    }

    private final Arguments given;
    private final Carriage carriage;
    private final StringBuilder report = new StringBuilder();

    private ScaleRun(Arguments given) {
        this.given = given;
        String carrier = given.get("--carrier", "ss2022");
        carriage = Carriage.of(carrier)
                .orElseThrow(() -> new IllegalArgumentException(
                        "--carrier: " + carrier + " (expected: vmess, ss2022, vless or vless-tls)"));
    }

    /**
     * Runs and prints.
     *
     * @param args see the usage that {@code --help} prints
     * @throws IOException if a port cannot be bound, a system breaks or the report cannot be written
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        ScaleRun run = Tool.begin(USAGE, () -> new ScaleRun(new Arguments(USAGE, Set.of(), args)));
        try (LoadOrigin origin = LoadOrigin.start()) {
            run.sessions(origin);
            run.tunnels(origin);
            run.loops(origin);
        }
        for (String line : MachineFacts.read("ScaleRun", args).lines()) {
            run.report.append("- ").append(line).append('\n');
        }
        Tool.end(run.report.toString(), run.given.path("--out"));
    }

    /** All sizes on one start, for it is the sessions that grow. */
    private void sessions(LoadOrigin origin) throws IOException, InterruptedException {
        List<Integer> sizes = given.numbers("--sessions", "1,8,64,512,4096,10000");
        List<List<Row>> rounds = new ArrayList<>();
        for (int round = 0; round < rounds(); round++) {
            List<Row> rows = new ArrayList<>();
            try (RunningSystem system = start(origin, 1, 0)) {
                LoadBench bench = bench(system, origin);
                for (int size : sizes) {
                    rows.add(row(bench, size, size));
                }
            }
            rounds.add(rows);
        }
        List<Row> medians = new ArrayList<>();
        for (int i = 0; i < sizes.size(); i++) {
            int place = i;
            medians.add(Row.median(rounds.stream().map(rows -> rows.get(place)).toList()));
        }
        print("sessions", "Users with a session each; ping while as many do nothing.", medians);
    }

    private void tunnels(LoadOrigin origin) throws IOException, InterruptedException {
        List<Row> medians = new ArrayList<>();
        for (int size : given.numbers("--tunnels", "1,8,64,512,1000")) {
            medians.add(median(origin, size, size, 0));
        }
        print("tunnels", USERS + " users, spread over so many tunnels of one bridge.", medians);
    }

    private void loops(LoadOrigin origin) throws IOException, InterruptedException {
        List<Row> medians = new ArrayList<>();
        for (int size : given.numbers("--loops", "1,2,4")) {
            medians.add(median(origin, size, TUNNELS, size));
        }
        print(
                "event loops",
                USERS + " users, " + TUNNELS + " tunnels, so many event loops in each of both JVMs on "
                        + Runtime.getRuntime().availableProcessors() + " processors.",
                medians);
    }

    private Row median(LoadOrigin origin, int size, int tunnels, int loops) throws IOException, InterruptedException {
        List<Row> rows = new ArrayList<>();
        for (int round = 0; round < rounds(); round++) {
            try (RunningSystem system = start(origin, tunnels, loops)) {
                rows.add(row(bench(system, origin), size, USERS));
            }
        }
        return Row.median(rows);
    }

    private int rounds() {
        return given.positive("--rounds", 3);
    }

    /** With so many event loops, which are half as many as processors, or as many as come by themselves if 0. */
    private RunningSystem start(LoadOrigin origin, int tunnels, int loops) throws IOException, InterruptedException {
        List<String> jvmArgs = new ArrayList<>(Arguments.words(given.get("--jvm-args", ""), " +"));
        if (loops > 0) {
            jvmArgs.add("-XX:ActiveProcessorCount=" + 2 * loops);
        }
        return RunningSystem.start(TunnelSystem.ours("ours", carriage, "auto", true, tunnels, jvmArgs), origin.port());
    }

    private LoadBench bench(RunningSystem system, LoadOrigin origin) throws IOException, InterruptedException {
        Duration warmUp = given.seconds("--warm-up", 2);
        LoadBench bench = new LoadBench(system, origin, warmUp, given.seconds("--seconds", 3));
        bench.wakeUp(given.seconds("--wake-up", 15));
        return bench;
    }

    private static Row row(LoadBench bench, int size, int users) throws IOException, InterruptedException {
        LoadBench.Window window = bench.requests(users);
        long[] pings = bench.pingsBesideIdle(users);
        Row row = new Row(
                size,
                window.perSecond(),
                window.cpuSeconds() * 1e6 / window.count(),
                Measure.micros(pings, 0.50),
                Measure.micros(pings, 0.99));
        System.err.println(row);
        return row;
    }

    private void print(String what, String how, List<Row> rows) {
        report.append("### By ").append(what).append("\n\n").append(how).append("\n\n");
        report.append("| ").append(what);
        report.append(
                " | keep-alive requests/s | CPU µs per request, portal + bridge | ping p50, µs | ping p99, µs |\n");
        report.append("| ---:".repeat(5)).append(" |\n");
        for (Row row : rows) {
            report.append(String.format(
                    Locale.ROOT,
                    "| %,d | %,.0f | %.1f | %.0f | %.0f |%n",
                    row.size(),
                    row.requests(),
                    row.cpuMicros(),
                    row.pingP50(),
                    row.pingP99()));
        }
        plot(what, "requests/s", rows, Row::requests);
        plot(what, "ping p99, µs", rows, Row::pingP99);
    }

    /** For Mermaid, which the pages that show Markdown draw. */
    private void plot(String what, String unit, List<Row> rows, ToDoubleFunction<Row> value) {
        report.append("\n```mermaid\nxychart-beta\n");
        report.append("  x-axis \"").append(what).append("\" [");
        report.append(rows.stream().map(row -> Integer.toString(row.size())).collect(Collectors.joining(", ")));
        report.append("]\n  y-axis \"").append(unit).append("\" 0 --> ");
        double most = rows.stream().mapToDouble(value).max().orElse(1);
        report.append(Math.round(most * 1.1)).append("\n  line [");
        report.append(rows.stream()
                .map(row -> Long.toString(Math.round(value.applyAsDouble(row))))
                .collect(Collectors.joining(", ")));
        report.append("]\n```\n\n");
    }
}
