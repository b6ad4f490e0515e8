package dev.reversetunnel.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Results as Markdown. */
record Report(LoadOptions options, MachineFacts facts) {
    String markdown(Results results) {
        StringBuilder text = new StringBuilder();
        List<String> systems =
                options.systems().stream().map(TunnelSystem::name).toList();
        text.append("Medians of ").append(options.rounds()).append(" rounds of ");
        text.append(options.seconds().toSeconds()).append(" s after ");
        text.append(options.warmUp().toSeconds())
                .append(" s of warm-up, and ")
                .append(options.wakeUp().toSeconds())
                .append(" s of mixed load after each start; in brackets the median ratio to ");
        text.append(options.baseline()).append(" within a round.\n\n|");
        systems.forEach(system -> text.append(" | ").append(system));
        text.append(" |\n| ---").append(" | ---:".repeat(systems.size())).append(" |\n");
        for (Metric metric : Metric.values()) {
            if (results.has(metric)) {
                text.append("| ").append(metric.title());
                systems.forEach(system -> text.append(" | ").append(cell(results, system, metric)));
                text.append(" |\n");
            }
        }
        text.append('\n');
        results.errors().forEach((system, count) -> {
            if (count > 0) {
                text.append("- broken connections of ")
                        .append(system)
                        .append(": ")
                        .append(count)
                        .append('\n');
            }
        });
        results.failures()
                .forEach(failure -> text.append("- FAILED ").append(failure).append('\n'));
        facts.lines().forEach(line -> text.append("- ").append(line).append('\n'));
        return text.toString();
    }

    private String cell(Results results, String system, Metric metric) {
        OptionalDouble median = results.median(system, metric);
        if (median.isEmpty()) {
            return "";
        }
        OptionalDouble ratio = results.medianRatio(system, options.baseline(), metric);
        OptionalDouble worst = results.worst(system, metric);
        String value = number(median.getAsDouble()) + (worst.isEmpty() ? "" : ", worst " + number(worst.getAsDouble()));
        return ratio.isEmpty() || system.equals(options.baseline())
                ? value
                : value + String.format(Locale.ROOT, " (%.2f×)", ratio.getAsDouble());
    }

    private static String number(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size < 10 ? "%.2f" : size < 100 ? "%.1f" : "%,.0f", value);
    }
}
