package dev.reversetunnel.config;

import dev.reversetunnel.Rule;
import dev.reversetunnel.foreign.Json;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A routing rule.
 *
 * @param name for logs; empty for none
 * @param conditions one at least; each with its values, which are alternatives
 * @param target the tag that it leads to
 * @param isBalancer whether that is a balancer's
 */
record RulePart(Place place, String name, Map<RuleKey, List<String>> conditions, String target, boolean isBalancer) {
    private static final Map<String, Boolean> TYPES = Map.of("field", true, "", true);

    RulePart {
        conditions = Map.copyOf(conditions);
    }

    /** Null if it cannot be, which is told. */
    static @Nullable RulePart read(Section rule) {
        rule.oneOf("type", TYPES);
        Map<RuleKey, List<String>> conditions = new EnumMap<>(RuleKey.class);
        int before = rule.faults().count();
        for (RuleKey key : RuleKey.values()) {
            List<String> values = key.read(rule);
            if (values != null) {
                conditions.put(key, values);
            }
        }
        String outbound = rule.text("outboundTag", "");
        String balancer = rule.text("balancerTag", "");
        String name = rule.text("ruleTag", "");
        if (outbound.isBlank() && balancer.isBlank()) {
            rule.faults()
                    .fault(
                            rule.place("outboundTag"),
                            "missing (expected: the tag of an outbound or a portal, or" + " \"balancerTag\")");
            return null;
        }
        if (conditions.isEmpty() && before == rule.faults().count()) {
            rule.faults()
                    .fault(
                            rule.place(),
                            "no condition (expected: one at least; \"network\": \"tcp,udp\" is for" + " everything)");
            return null;
        }
        if (!outbound.isBlank() && !balancer.isBlank()) {
            rule.faults().warn(rule.place("balancerTag"), "has no effect: \"outboundTag\" decides");
        }
        return new RulePart(
                rule.place(), name.strip(), conditions, outbound.isBlank() ? balancer : outbound, outbound.isBlank());
    }

    List<String> values(RuleKey key) {
        return conditions.getOrDefault(key, List.of());
    }

    /** The same with other values for a condition; without it if there are none. */
    RulePart with(RuleKey key, List<String> values) {
        Map<RuleKey, List<String>> others = new EnumMap<>(RuleKey.class);
        others.putAll(conditions);
        if (values.isEmpty()) {
            others.remove(key);
        } else {
            others.put(key, values);
        }
        return new RulePart(place, name, others, target, isBalancer);
    }

    /** Our rule, where inbounds may have other names. */
    Rule build(UnaryOperator<List<String>> inbounds) {
        Rule rule = name.isEmpty() ? Rule.any() : Rule.any().named(name);
        for (RuleKey key : RuleKey.values()) {
            List<String> values = values(key);
            if (!values.isEmpty()) {
                rule = key.addTo(rule, key == RuleKey.INBOUND ? inbounds.apply(values) : values);
            }
        }
        return rule.to(target);
    }

    Json print(Format format) {
        Json rule = Json.object().with("type", "field");
        if (!name.isEmpty() && format != Format.V2RAY) {
            rule.with("ruleTag", name);
        }
        for (RuleKey key : RuleKey.values()) {
            if (conditions.containsKey(key)) {
                key.print(rule, values(key), format);
            }
        }
        return rule.with(isBalancer ? "balancerTag" : "outboundTag", target);
    }
}
