package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a node decides by, as its builder got it.
 *
 * @param rules in their order
 * @param balancers by tag
 * @param strategy when names are resolved
 * @param geo lists by code
 * @param otherwise the tag for what no rule matches; null to refuse it
 */
record Routing(
        List<Rule> rules,
        Map<String, Balancer> balancers,
        DomainStrategy strategy,
        GeoData geo,
        @Nullable String otherwise) {

    /** With other rules. */
    Routing rules(List<Rule> others) {
        return new Routing(others, balancers, strategy, geo, otherwise);
    }

    /** What is wrong, and what to call; for a node with these parts. */
    List<String> faults(Map<String, Outbound> outbounds, Collection<String> portals, Map<String, String> bridges) {
        List<String> faults = new ArrayList<>();
        Set<String> exits = new TreeSet<>(outbounds.keySet());
        exits.addAll(portals);
        balancers.forEach((tag, balancer) -> faultsOf(tag, balancer, exits, faults));
        Set<String> known = new TreeSet<>(exits);
        known.addAll(balancers.keySet());
        Map<Rule, List<Condition>> bound = new LinkedHashMap<>();
        for (Rule rule : rules) {
            if (!known.contains(rule.target())) {
                faults.add("rule \"" + rule + "\" leads to no outbound, portal or balancer (known: " + known + ")");
            }
            if (rule.allowsPrivate()) {
                exits.stream()
                        .filter(tag -> leadsTo(rule.target(), tag))
                        .filter(tag -> !(outbounds.get(tag) instanceof DirectOutbound))
                        .forEach(tag -> faults.add("rule \"" + rule + "\" allows private addresses, yet \"" + tag
                                + "\" is no Outbound.direct()"));
            }
            try {
                bound.put(rule, RuleTable.Entry.bind(rule, geo));
            } catch (IllegalArgumentException e) {
                faults.add("rule \"" + rule + "\": " + e.getMessage());
            }
        }
        if (otherwise != null && !known.contains(otherwise)) {
            faults.add("otherwise: \"" + otherwise + "\" is no outbound, portal or balancer (known: " + known + ")");
        }
        for (String tag : portals) {
            if (!leadsTo(otherwise, tag) && rules.stream().noneMatch(rule -> leadsTo(rule.target(), tag))) {
                faults.add(
                        "no rule leads to portal \"" + tag + "\" (call route(Rule.inbound(...).to(\"" + tag + "\")))");
            }
        }
        bridges.forEach((tag, domain) -> {
            Judged registration = Judged.of(new Request(Destination.tcp(domain, 0), tag), false);
            if (otherwise == null
                    && bound.values().stream()
                            .noneMatch(conditions -> RuleTable.obstacle(conditions, registration) == null)) {
                faults.add("no rule says how bridge \"" + tag + "\" reaches its portal (call route(Rule.inbound(\""
                        + tag + "\").domain(\"full:" + domain + "\").to(...)))");
            }
        });
        return faults;
    }

    private static void faultsOf(String tag, Balancer balancer, Set<String> exits, List<String> faults) {
        String fallback = balancer.fallback();
        if (fallback != null && !exits.contains(fallback)) {
            faults.add("balancer \"" + tag + "\" falls back to \"" + fallback
                    + "\", which is no outbound or portal (known: " + exits + ")");
        }
        if (fallback == null && exits.stream().noneMatch(balancer::selects)) {
            faults.add("balancer \"" + tag + "\" (" + balancer + ") selects no outbound or portal (known: " + exits
                    + "; call fallback(...) to do without)");
        }
    }

    private boolean leadsTo(@Nullable String tag, String portal) {
        Balancer balancer = tag == null ? null : balancers.get(tag);
        return portal.equals(tag)
                || (balancer != null && (balancer.selects(portal) || portal.equals(balancer.fallback())));
    }

    /** What each tag leads to; made once, for balancers remember. */
    Map<String, Exits> exits(Map<String, Outbound> outbounds, ExitLoads loads) {
        Map<String, Exit> single = new LinkedHashMap<>();
        outbounds.forEach((tag, outbound) -> single.put(tag, Exit.of(tag, outbound)));
        Map<String, Exits> exits = new LinkedHashMap<>();
        single.forEach((tag, exit) -> exits.put(tag, new Exits.One(exit)));
        balancers.forEach((tag, balancer) -> exits.put(
                tag,
                new Exits.Several(
                        tag,
                        balancer.choice(),
                        single.values().stream()
                                .filter(exit -> balancer.selects(exit.tag()))
                                .toList(),
                        balancer.fallback() == null ? null : single.get(balancer.fallback()),
                        loads)));
        return exits;
    }

    /** The tags whose sessions balancers count. */
    Collection<String> counted(Collection<String> outbounds) {
        return outbounds.stream()
                .filter(tag -> balancers.values().stream()
                        .anyMatch(balancer -> balancer.choice() == Balancer.Choice.LEAST_LOAD && balancer.selects(tag)))
                .toList();
    }

    /** The rules, ready to be asked. To be called after {@link #faults} found none. */
    RuleTable table(Map<String, Exits> exits) {
        return new RuleTable(
                rules.stream()
                        .map(rule -> RuleTable.Entry.bind(rule, geo, exit(rule.target(), exits)))
                        .toList(),
                otherwise == null ? null : exit(otherwise, exits));
    }

    /** Of a tag that {@link #faults} has found no fault with. */
    private static Exits exit(@Nullable String tag, Map<String, Exits> exits) {
        return Objects.requireNonNull(exits.get(String.valueOf(tag)), "exit");
    }
}
