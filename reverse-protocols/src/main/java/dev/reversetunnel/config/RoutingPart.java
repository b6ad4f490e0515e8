package dev.reversetunnel.config;

import dev.reversetunnel.DomainStrategy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What leads where.
 *
 * @param strategy when names are resolved for rules
 * @param rules in their order
 * @param balancers in their order
 */
record RoutingPart(DomainStrategy strategy, List<RulePart> rules, List<BalancerPart> balancers) {
    private static final Map<String, DomainStrategy> STRATEGIES = new LinkedHashMap<>();
    private static final Map<String, Boolean> FORMS = Map.of("rules", true, "", true);

    static {
        STRATEGIES.put("AsIs", DomainStrategy.AS_IS);
        STRATEGIES.put("IPIfNonMatch", DomainStrategy.IP_IF_NON_MATCH);
        STRATEGIES.put("IPOnDemand", DomainStrategy.IP_ON_DEMAND);
        STRATEGIES.put("", DomainStrategy.AS_IS);
    }

    RoutingPart {
        rules = List.copyOf(rules);
        balancers = List.copyOf(balancers);
    }

    /**
     * Reads both forms: rules in the section itself, or in its {@code settings}, as documents of before 2018 have them.
     */
    static RoutingPart read(Section document) {
        Section routing = document.sectionOrEmpty("routing", "routing");
        routing.oneOf("strategy", FORMS);
        Section settings = routing.section("settings", "routing settings");
        DomainStrategy strategy = strategy(routing);
        List<RulePart> rules = new ArrayList<>();
        if (settings != null) {
            DomainStrategy older = strategy(settings);
            strategy = strategy == null ? older : strategy;
            readRules(settings, rules);
        }
        readRules(routing, rules);
        List<BalancerPart> balancers = new ArrayList<>();
        for (Section section : routing.sections("balancers", "balancer")) {
            BalancerPart balancer = BalancerPart.read(section);
            if (balancer != null) {
                balancers.add(balancer);
            }
        }
        return new RoutingPart(strategy == null ? DomainStrategy.AS_IS : strategy, rules, balancers);
    }

    private static @Nullable DomainStrategy strategy(Section section) {
        return section.oneOf("domainStrategy", STRATEGIES);
    }

    private static void readRules(Section section, List<RulePart> rules) {
        for (Section rule : section.sections("rules", "rule")) {
            RulePart part = RulePart.read(rule);
            if (part != null) {
                rules.add(part);
            }
        }
    }

    /** As documents write it; empty for the default. */
    String strategyName() {
        return switch (strategy) {
            case AS_IS -> "";
            case IP_IF_NON_MATCH -> "IPIfNonMatch";
            case IP_ON_DEMAND -> "IPOnDemand";
        };
    }
}
