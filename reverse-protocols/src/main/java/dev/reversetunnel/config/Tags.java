package dev.reversetunnel.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The names that rules know, and the names of ours behind them: a range of ports is several inbounds here, and so are
 * several bridges with one tag.
 */
final class Tags {
    private final Map<String, List<String>> inbounds = new LinkedHashMap<>();
    private final Set<String> given = new HashSet<>();

    /** A new name of ours for something that the document calls {@code tag}. */
    String inbound(String tag) {
        String name = tag;
        for (int i = 2; !given.add(name); i++) {
            name = tag + '#' + i;
        }
        inbounds.computeIfAbsent(tag, known -> new ArrayList<>()).add(name);
        return name;
    }

    /** Our names for what a rule means. */
    List<String> all(List<String> tags) {
        return tags.stream()
                .flatMap(tag -> inbounds.getOrDefault(tag, List.of(tag)).stream())
                .distinct()
                .toList();
    }

    // ---- whether they fit ----

    static void check(Model model, Faults faults) {
        Set<String> outbounds = new LinkedHashSet<>();
        for (OutboundPart outbound : model.outbounds()) {
            isNew(outbound.tag(), outbound.place(), "outbound", outbounds, faults);
        }
        for (ReversePart portal : model.portals()) {
            isNew(portal.tag(), portal.place(), "portal", outbounds, faults);
        }
        Set<String> portals = new LinkedHashSet<>();
        Set<String> inbounds = new LinkedHashSet<>();
        for (InboundPart inbound : model.inbounds()) {
            isNew(inbound.tag(), inbound.place(), "inbound", inbounds, faults);
            for (VlessInbound.Reverse reverse : inbound.settings().reverses()) {
                if (portals.add(reverse.portal())) {
                    isNew(reverse.portal(), reverse.place(), "portal", outbounds, faults);
                }
            }
        }
        model.bridges().forEach(bridge -> inbounds.add(bridge.tag()));
        for (OutboundPart outbound : model.outbounds()) {
            VlessOutbound.Reverse reverse = outbound.settings().reverse();
            if (reverse != null) {
                inbounds.add(reverse.tag());
            }
            checkVia(outbound, model, faults);
        }
        checkRules(model, inbounds, outbounds, faults);
    }

    private static void isNew(String tag, Place place, String kind, Set<String> known, Faults faults) {
        if (!known.add(tag)) {
            faults.fault(place, kind + " \"" + tag + "\" is there already (expected: a tag of its own)");
        }
    }

    private static void checkVia(OutboundPart outbound, Model model, Faults faults) {
        Set<String> seen = new LinkedHashSet<>();
        OutboundPart next = outbound;
        while (next != null && next.stream().via() != null) {
            String via = String.valueOf(next.stream().via());
            if (!seen.add(via) || via.equals(outbound.tag())) {
                faults.fault(outbound.place(), "goes through itself: " + seen + " (expected: an end)");
                return;
            }
            next = model.outbounds().stream()
                    .filter(other -> other.tag().equals(via))
                    .findFirst()
                    .orElse(null);
            if (next == null) {
                faults.fault(outbound.place(), "goes through \"" + via + "\" (expected: the tag of another outbound)");
            }
        }
    }

    private static void checkRules(Model model, Set<String> inbounds, Set<String> outbounds, Faults faults) {
        Set<String> balancers = new LinkedHashSet<>();
        for (BalancerPart balancer : model.routing().balancers()) {
            isNew(balancer.tag(), balancer.place(), "balancer", balancers, faults);
            if (outbounds.contains(balancer.tag())) {
                faults.fault(
                        balancer.place(), "an outbound has the tag \"" + balancer.tag() + "\" (expected: another)");
            }
            if (outbounds.stream().noneMatch(balancer::selects)) {
                faults.fault(
                        balancer.place(),
                        "selects nothing (expected: how one of these begins: " + Words.choice(outbounds) + ")");
            }
        }
        for (RulePart rule : model.routing().rules()) {
            Set<String> known = rule.isBalancer() ? balancers : outbounds;
            if (!known.contains(rule.target())) {
                faults.fault(
                        rule.place(),
                        "leads to \"" + rule.target() + "\" (expected: " + Words.choice(known) + ")"
                                + Words.nearest(rule.target(), known));
            }
            for (String tag : rule.values(RuleKey.INBOUND)) {
                if (!inbounds.contains(tag)) {
                    faults.warn(
                            rule.place(),
                            "no inbound and no bridge has the tag \"" + tag + '"' + Words.nearest(tag, inbounds));
                }
            }
        }
    }
}
