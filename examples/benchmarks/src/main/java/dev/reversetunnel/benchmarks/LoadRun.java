package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Measures reverse tunnels end to end on this machine's loopback, side by side.
 *
 * <p>The tunnels run as processes of their own, started and ended here; the origin and the load are two threads of this
 * one. Systems take turns, round by round, each time as fresh processes, so that a busy moment of the machine does not
 * fall on one of them alone; ratios are taken within a round. See {@link LoadOptions#USAGE} for what can be chosen.
 */
public final class LoadRun {
    private final LoadOptions options;
    private final Results results = new Results();

    private LoadRun(LoadOptions options) {
        this.options = options;
    }

    /**
     * Runs the load and prints a Markdown table.
     *
     * @param args see {@link LoadOptions#USAGE}
     * @throws IOException if a port cannot be bound or the report cannot be written
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        LoadOptions options = Tool.begin(LoadOptions.USAGE, () -> LoadOptions.parse(args));
        Report report = new Report(options, MachineFacts.read("LoadRun", args));
        MachineFacts.Busy before = MachineFacts.Busy.now();
        long begin = System.nanoTime();
        Results results = new LoadRun(options).run();
        double seconds = (System.nanoTime() - begin) / 1e9;
        String others = MachineFacts.Busy.others(before, MachineFacts.Busy.now(), seconds);
        Tool.end(report.markdown(results) + "- " + others + "\n", options.out());
    }

    private Results run() throws IOException, InterruptedException {
        try (LoadOrigin origin = LoadOrigin.start()) {
            for (int round = 1; round <= options.rounds(); round++) {
                for (TunnelSystem system : options.systems()) {
                    measure(system, origin, round);
                }
            }
        } finally {
            RunningSystem.closeAll();
        }
        return results;
    }

    private void measure(TunnelSystem system, LoadOrigin origin, int round) throws IOException, InterruptedException {
        try (RunningSystem running = RunningSystem.start(system, origin.port())) {
            LoadBench bench = new LoadBench(running, origin, options.warmUp(), options.seconds());
            take(bench, Measure::isCold, system, round);
            if (!bench.isDirect() && options.measures().stream().anyMatch(Measure::needsWakeUp)) {
                bench.wakeUp(options.wakeUp());
            }
            take(bench, measure -> !measure.isCold(), system, round);
            results.addErrors(system.name(), bench.errors());
        } catch (SystemNotReadyException e) {
            results.failed(system.name(), round, null, e.getMessage());
            System.err.println(e.getMessage());
        }
    }

    private void take(LoadBench bench, Predicate<Measure> which, TunnelSystem system, int round)
            throws InterruptedException {
        for (Measure measure : options.measures().stream().filter(which).toList()) {
            Map<Metric, Double> values = new EnumMap<>(Metric.class);
            try {
                measure.take(bench, values);
            } catch (IOException e) {
                // One that breaks under load is a finding, no reason to lose the others' figures.
                results.failed(system.name(), round, measure, e + bench.lastWords());
                System.err.println(system.name() + " failed in " + measure.key() + ": " + e);
                continue;
            }
            results.add(system.name(), round, values);
            System.err.println("round " + round + " " + system.name() + " " + new TreeMap<>(values));
        }
    }
}
