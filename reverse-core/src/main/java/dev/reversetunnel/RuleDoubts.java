package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What rules can hardly be meant to say: conditions that never hold, and bridges that go where no portal is. They are
 * no faults: {@code dial(...)} may name any inbound, and a part of somebody else's making may know more than it says.
 */
final class RuleDoubts {
    private final Map<String, Inbound> inbounds;
    private final Map<String, String> bridges;
    private final Map<String, Outbound> outbounds;
    private final Set<String> entrances;

    /** For a node with these parts; the bridges with their domains. */
    RuleDoubts(Map<String, Inbound> inbounds, Map<String, String> bridges, Map<String, Outbound> outbounds) {
        this.inbounds = inbounds;
        this.bridges = bridges;
        this.outbounds = outbounds;
        entrances = new TreeSet<>(inbounds.keySet());
        entrances.addAll(bridges.keySet());
    }

    /** What a person should look at, a line for each. */
    List<String> of(List<Rule> rules, @Nullable String otherwise) {
        List<String> doubts = new ArrayList<>();
        bridges.forEach((tag, domain) -> doubtBridge(tag, domain, rules, otherwise, doubts));
        for (Rule rule : rules) {
            Set<String> names = new TreeSet<>(entrances);
            for (Condition condition : rule.conditions()) {
                if (condition.name().equals("inbound") && condition instanceof TextCondition tags) {
                    doubtInbounds(rule, tags.values(), doubts);
                    names.retainAll(tags.values());
                }
            }
            List<Inbound> meant = names.stream()
                    .filter(inbounds::containsKey)
                    .map(inbounds::get)
                    .toList();
            for (Condition condition : rule.conditions()) {
                if (!meant.isEmpty() && condition instanceof TextCondition texts) {
                    doubt(rule, texts, meant, doubts);
                }
            }
        }
        return doubts;
    }

    private void doubtBridge(
            String tag, String domain, List<Rule> rules, @Nullable String otherwise, List<String> doubts) {
        Request registration = new Request(Destination.tcp(domain, 0), tag);
        String target = rules.stream()
                .filter(rule -> rule.matches(registration))
                .map(Rule::target)
                .findFirst()
                .orElse(otherwise);
        Outbound outbound = target == null ? null : outbounds.get(target);
        if (outbound instanceof DirectOutbound
                || outbound instanceof RedirectOutbound
                || outbound instanceof RefuseOutbound
                || outbound instanceof HandlerOutbound) {
            doubts.add("bridge \"" + tag + "\" registers by \"" + target
                    + "\", where no portal is: let a rule for inbound \"" + tag + "\" and domain \"full:" + domain
                    + "\" lead to the outbound that dials its portal");
        }
    }

    private void doubtInbounds(Rule rule, List<String> tags, List<String> doubts) {
        for (String tag : tags) {
            if (!entrances.contains(tag) && !tag.equals(ReverseTunnel.DIAL)) {
                doubts.add("rule \"" + rule + "\": no inbound or bridge is called \"" + tag + "\" (known: " + entrances
                        + "; others are for dial(...) alone)");
            }
        }
    }

    private static void doubt(Rule rule, TextCondition texts, List<Inbound> meant, List<String> doubts) {
        switch (texts.name()) {
            case "user" -> doubtUsers(rule, texts.values(), meant, doubts);
            case "protocol" -> doubtProtocols(rule, texts.values(), meant, doubts);
            default -> {}
        }
    }

    private static void doubtUsers(Rule rule, List<String> users, List<Inbound> meant, List<String> doubts) {
        Set<String> known = meant.stream()
                .flatMap(inbound -> inbound.users().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        for (String user : users) {
            if (!known.contains(user) && !user.startsWith("regexp:")) {
                doubts.add("rule \"" + rule + "\": no inbound has a user \"" + user + "\" (known: " + known + ")");
            }
        }
    }

    private static void doubtProtocols(Rule rule, List<String> protocols, List<Inbound> meant, List<String> doubts) {
        Set<String> lookedFor = meant.stream()
                .flatMap(inbound -> inbound.sniffing().protocols().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        for (String protocol : protocols) {
            if (lookedFor.stream().noneMatch(each -> each.startsWith(protocol))) {
                doubts.add("rule \"" + rule + "\": no inbound looks for \"" + protocol + "\" (looked for: " + lookedFor
                        + "; sniffing of " + new TreeSet<>(OpeningReader.known()) + " can be turned on there)");
            }
        }
    }
}
