package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Says what portal and bridge do for a MiB and for a request: processor time and where it goes, system calls, context
 * switches, bytes of heap. Needs Linux's {@code perf} and the right to use it.
 */
public final class ProfileRun {
    private static final String USAGE = """
            ProfileRun [options]
              --seconds s          how long each of three looks takes (5)
              --warm-up s          how long a load runs before (3)
              --wake-up s          how long mixed load runs after each start (20)
              --carriers a,b,...   of vmess, ss2022, vless, vless-tls (all)
              --loads a,b,...      of down, up, requests, connections, one (all)
              --jvm-args "..."     for both JVMs
              --out file           write the report there, too
            """;

    private static final int CONNECTIONS = 64;
    private static final int SYMBOLS = 15;
    private static final double MIB = 1 << 20;

    /** What is done, and how much of it makes the unit of the table. */
    private enum Load {
        DOWN("a MiB down", MIB),
        UP("a MiB up", MIB),
        REQUESTS("a keep-alive request of 64", 1),
        CONNECTIONS("a new connection of 64", 1),
        ONE("a request, one at a time", 1);

        private final String title;
        private final double unit;

        Load(String title, double unit) {
            this.title = title;
            this.unit = unit;
        }

        static Load of(String key) {
            return Arrays.stream(values())
                    .filter(load -> load.name().toLowerCase(Locale.ROOT).equals(key))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "--loads: " + key + " (expected: down, up, requests, connections or one)"));
        }

        private NioLoad start(RunningSystem system) throws IOException {
            return switch (this) {
                case DOWN -> BulkLoad.down(system.address(), 1);
                case UP -> BulkLoad.up(system.address(), 1);
                case REQUESTS -> RequestLoad.keepAlive(system.address(), ProfileRun.CONNECTIONS);
                case CONNECTIONS -> RequestLoad.newConnections(system.address(), ProfileRun.CONNECTIONS);
                case ONE -> RequestLoad.keepAlive(system.address(), 1);
            };
        }
    }

    /** What a unit of one load costs. */
    private record Cost(
            Load load,
            double perSecond,
            double userMicros,
            double systemMicros,
            double heapBytes,
            Map<SystemCalls.Kind, Double> calls,
            Cycles cycles) {}

    private final Arguments given;
    private final List<Load> loads = new ArrayList<>();
    private final List<Carriage> carriages = new ArrayList<>();
    private final StringBuilder report = new StringBuilder();

    private ProfileRun(Arguments given) {
        this.given = given;
        for (String key : Arguments.words(given.get("--loads", "down,up,requests,connections,one"), ",")) {
            loads.add(Load.of(key));
        }
        for (String key : Arguments.words(given.get("--carriers", "vmess,ss2022,vless,vless-tls"), ",")) {
            carriages.add(Carriage.of(key)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "--carriers: " + key + " (expected: vmess, ss2022, vless or vless-tls)")));
        }
    }

    /**
     * Runs and prints Markdown tables.
     *
     * @param args see the usage that {@code --help} prints
     * @throws IOException if {@code perf} does not work, a system breaks or the report cannot be written
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        ProfileRun run = Tool.begin(USAGE, () -> new ProfileRun(new Arguments(USAGE, Set.of(), args)));
        try (LoadOrigin origin = LoadOrigin.start()) {
            for (Carriage carriage : run.carriages) {
                run.profile(carriage, origin);
            }
        }
        for (String line : MachineFacts.read("ProfileRun", args).lines()) {
            run.report.append("- ").append(line).append('\n');
        }
        Tool.end(run.report.toString(), run.given.path("--out"));
    }

    private void profile(Carriage carriage, LoadOrigin origin) throws IOException, InterruptedException {
        List<String> jvmArgs = Arguments.words(given.get("--jvm-args", ""), " +");
        TunnelSystem ours = TunnelSystem.ours(carriage.key(), carriage, "auto", false, 1, jvmArgs);
        List<Cost> costs = new ArrayList<>();
        try (RunningSystem system = RunningSystem.start(ours, origin.port())) {
            Duration seconds = given.seconds("--seconds", 5);
            new LoadBench(system, origin, seconds, seconds).wakeUp(given.seconds("--wake-up", 20));
            for (Load load : loads) {
                costs.add(look(load, system, origin, seconds));
            }
        }
        print(carriage, costs);
    }

    private Cost look(Load load, RunningSystem system, LoadOrigin origin, Duration seconds)
            throws IOException, InterruptedException {
        List<Long> pids = system.pids();
        try (NioLoad running = load.start(system)) {
            LongSupplier done = load == Load.UP ? origin::sunk : running::count;
            TimeUnit.NANOSECONDS.sleep(given.seconds("--warm-up", 3).toNanos());

            long before = done.getAsLong();
            long begin = System.nanoTime();
            double user = ProcStat.userSeconds(pids);
            double all = ProcStat.cpuSeconds(pids);
            long heap = system.allocated().orElseThrow();
            TimeUnit.NANOSECONDS.sleep(seconds.toNanos());
            heap = system.allocated().orElseThrow() - heap;
            user = ProcStat.userSeconds(pids) - user;
            all = ProcStat.cpuSeconds(pids) - all;
            double elapsed = (System.nanoTime() - begin) / 1e9;
            double units = (done.getAsLong() - before) / load.unit;

            before = done.getAsLong();
            Map<SystemCalls.Kind, Long> counted = SystemCalls.count(pids, seconds);
            double countedUnits = (done.getAsLong() - before) / load.unit;
            Map<SystemCalls.Kind, Double> calls = new EnumMap<>(SystemCalls.Kind.class);
            counted.forEach((kind, count) -> calls.put(kind, count / countedUnits));

            Cycles cycles = Cycles.sample(pids, seconds);
            running.check();
            return new Cost(
                    load, units / elapsed, user * 1e6 / units, (all - user) * 1e6 / units, heap / units, calls, cycles);
        }
    }

    private void print(Carriage carriage, List<Cost> costs) {
        report.append("## ").append(carriage.key()).append("\n\n| portal + bridge, for");
        costs.forEach(cost -> report.append(" | ").append(cost.load.title));
        report.append(" |\n| ---").append(" | ---:".repeat(costs.size())).append(" |\n");
        row("units a second", costs, Cost::perSecond);
        row("user time, µs", costs, Cost::userMicros);
        row("system time, µs", costs, Cost::systemMicros);
        row("heap allocated, bytes", costs, Cost::heapBytes);
        for (SystemCalls.Kind kind : SystemCalls.Kind.values()) {
            row(kind.title(), costs, cost -> cost.calls.get(kind));
        }
        for (Cycles.Place place : Cycles.Place.values()) {
            row(place.title() + ", % of the time", costs, cost -> cost.cycles.share(place));
        }
        report.append('\n');
        for (Cost cost : costs) {
            report.append("Most of ").append(cost.load.title).append(":\n\n");
            cost.cycles
                    .most(SYMBOLS)
                    .forEach(symbol -> report.append(
                            String.format(Locale.ROOT, "    %5.1f %%  %s%n", symbol.getValue(), symbol.getKey())));
            report.append('\n');
        }
    }

    private void row(String title, List<Cost> costs, ToDoubleFunction<Cost> value) {
        report.append("| ").append(title);
        for (Cost cost : costs) {
            double number = value.applyAsDouble(cost);
            report.append(String.format(Locale.ROOT, number < 100 ? " | %.2f" : " | %,.0f", number));
        }
        report.append(" |\n");
    }
}
