package dev.reversetunnel.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/** What has been measured, by system, metric and round. */
final class Results {
    private final Map<String, Map<Metric, Map<Integer, Double>>> values = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();
    private final Map<String, Long> errors = new LinkedHashMap<>();

    void add(String system, int round, Map<Metric, Double> measured) {
        measured.forEach((metric, value) ->
                of(system).computeIfAbsent(metric, key -> new TreeMap<>()).put(round, value));
    }

    void failed(String system, int round, @Nullable Measure measure, @Nullable String why) {
        of(system);
        failures.add(system + ", round " + round + (measure == null ? "" : ", " + measure.key()) + ": " + why);
    }

    void addErrors(String system, long broken) {
        errors.merge(system, broken, Long::sum);
    }

    List<String> failures() {
        return failures;
    }

    /** Connections that broke under load, by system. */
    Map<String, Long> errors() {
        return errors;
    }

    boolean has(Metric metric) {
        return values.values().stream().anyMatch(metrics -> metrics.containsKey(metric));
    }

    /** The median of a system's rounds. */
    OptionalDouble median(String system, Metric metric) {
        return median(List.copyOf(rounds(system, metric).values()));
    }

    /** What the worst of a system's rounds had; empty if that is not told. */
    OptionalDouble worst(String system, Metric metric) {
        DoubleStream values = rounds(system, metric).values().stream().mapToDouble(Double::doubleValue);
        return switch (metric.worst()) {
            case HIGHEST -> values.max();
            case LOWEST -> values.min();
            case UNTOLD -> OptionalDouble.empty();
        };
    }

    /** The median of the ratios within the rounds that both have finished. */
    OptionalDouble medianRatio(String system, String baseline, Metric metric) {
        Map<Integer, Double> others = rounds(baseline, metric);
        List<Double> ratios = new ArrayList<>();
        rounds(system, metric).forEach((round, value) -> {
            Double other = others.get(round);
            if (other != null && other != 0) {
                ratios.add(value / other);
            }
        });
        return median(ratios);
    }

    private Map<Metric, Map<Integer, Double>> of(String system) {
        return values.computeIfAbsent(system, key -> new TreeMap<>());
    }

    private Map<Integer, Double> rounds(String system, Metric metric) {
        return values.getOrDefault(system, Map.of()).getOrDefault(metric, Map.of());
    }

    static OptionalDouble median(List<Double> values) {
        if (values.isEmpty()) {
            return OptionalDouble.empty();
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return OptionalDouble.of(
                sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2);
    }
}
