package dev.reversetunnel.config;

import dev.reversetunnel.Balancer;
import dev.reversetunnel.foreign.Json;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Several outbounds behind one tag.
 *
 * @param selectors how the tags of those begin that take part
 * @param strategy how one is chosen
 * @param fallback where to go if there is none; null for nowhere
 */
record BalancerPart(
        Place place,
        String tag,
        List<String> selectors,
        Strategy strategy,
        @Nullable String fallback) {
    private static final Map<String, Strategy> STRATEGIES = Map.of(
            "random",
            Strategy.RANDOM,
            "roundrobin",
            Strategy.ROUND_ROBIN,
            "leastload",
            Strategy.LEAST_LOAD,
            "",
            Strategy.RANDOM);

    BalancerPart {
        selectors = List.copyOf(selectors);
    }

    /** How one is chosen. */
    enum Strategy {
        RANDOM("random"),
        ROUND_ROBIN("roundRobin"),
        LEAST_LOAD("leastLoad");

        private final String text;

        Strategy(String text) {
            this.text = text;
        }
    }

    /** Null if it cannot be, which is told. */
    static @Nullable BalancerPart read(Section balancer) {
        String tag = balancer.required("tag", "a name for rules");
        List<String> selectors = balancer.texts("selector");
        if (selectors.isEmpty()) {
            balancer.faults().fault(balancer.place("selector"), "none (expected: how the tags of outbounds begin)");
        }
        Section settings = balancer.sectionOrEmpty("strategy", "balancer strategy");
        Strategy strategy = settings.oneOf("type", STRATEGIES);
        String fallback = balancer.text("fallbackTag", "");
        return tag == null || selectors.isEmpty()
                ? null
                : new BalancerPart(
                        balancer.place(),
                        tag,
                        selectors,
                        strategy == null ? Strategy.RANDOM : strategy,
                        fallback.isBlank() ? null : fallback);
    }

    boolean selects(String outbound) {
        return selectors.stream().anyMatch(outbound::startsWith) || outbound.equals(fallback);
    }

    Balancer build(UnaryOperator<List<String>> prefixes) {
        String[] some = prefixes.apply(selectors).toArray(String[]::new);
        Balancer balancer = switch (strategy) {
            case RANDOM -> Balancer.random(some);
            case ROUND_ROBIN -> Balancer.roundRobin(some);
            case LEAST_LOAD -> Balancer.leastLoad(some);
        };
        return fallback == null ? balancer : balancer.fallback(fallback);
    }

    Json print(Format format) {
        Json balancer = Json.object().with("tag", tag).withTexts("selector", selectors);
        if (format == Format.V2RAY && (strategy != Strategy.RANDOM || fallback != null)) {
            throw new IllegalArgumentException("V2Ray 4 chooses at random, without a fallback"
                    + " (expected: \"type\": \"random\" and no \"fallbackTag\")");
        }
        if (strategy == Strategy.LEAST_LOAD) {
            throw new IllegalArgumentException("strategy: leastLoad counts sessions here, and needs an"
                    + " observatory at Xray (expected: random or roundRobin)");
        }
        if (strategy != Strategy.RANDOM) {
            balancer.with("strategy", Json.object().with("type", strategy.text));
        }
        return fallback == null ? balancer : balancer.with("fallbackTag", fallback);
    }
}
