package dev.reversetunnel.config;

import dev.reversetunnel.Rule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A routing rule. */
record RulePart(Place place, List<String> inbounds, List<String> domains, String outbound) {
    static @Nullable RulePart read(Section rule) {
        rule.text("type");
        List<String> inbounds = rule.texts("inboundTag");
        List<String> domains = rule.texts("domain");
        String outbound = rule.required("outboundTag", "the tag of an outbound or a portal");
        return outbound == null ? null : new RulePart(rule.place(), inbounds, domains, outbound);
    }

    Rule build() {
        Rule rule = Rule.any();
        if (!inbounds.isEmpty()) {
            rule = Rule.inbound(inbounds.toArray(String[]::new));
        }
        if (!domains.isEmpty()) {
            rule = rule.domain(domains.toArray(String[]::new));
        }
        return rule.to(outbound);
    }
}
