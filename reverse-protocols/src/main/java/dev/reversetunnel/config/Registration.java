package dev.reversetunnel.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A bridge that asks for its domain by TCP, at port 0, as rules see it.
 *
 * @param inbound the bridge's tag at its own end, that of the inbound at the other
 * @param domain the rendezvous domain
 * @param user as whom it comes; null for nobody that rules know
 */
record Registration(String inbound, String domain, @Nullable String user) {
    /** The first rule for it; null if there is none. */
    @Nullable
    RulePart rule(List<RulePart> rules) {
        return rules.stream().filter(this::fits).findFirst().orElse(null);
    }

    private boolean fits(RulePart rule) {
        return rule.conditions().entrySet().stream().allMatch(this::holds);
    }

    /** Addresses and ports, what was sniffed: there are none of these. */
    private boolean holds(Map.Entry<RuleKey, List<String>> condition) {
        List<String> values = condition.getValue();
        return switch (condition.getKey()) {
            case INBOUND -> values.contains(inbound);
            case DOMAIN -> values.stream().anyMatch(this::isDomain);
            case NETWORK -> values.contains("tcp");
            case USER -> user != null && values.contains(user);
            case PORT ->
                values.stream()
                        .anyMatch(ports -> ports.equals("0") || ports.startsWith("0,") || ports.startsWith("0-"));
            case IP, SOURCE, SOURCE_PORT, LOCAL, LOCAL_PORT, PROTOCOL -> false;
        };
    }

    private boolean isDomain(String pattern) {
        String name = domain.toLowerCase(Locale.ROOT);
        String lower = pattern.toLowerCase(Locale.ROOT);
        int colon = lower.indexOf(':');
        String kind = colon < 0 ? "keyword" : lower.substring(0, colon);
        String text = lower.substring(colon + 1);
        return switch (kind) {
            case "full" -> name.equals(text);
            case "domain" -> name.equals(text) || name.endsWith('.' + text);
            case "keyword" -> name.contains(text);
            case "regexp" ->
                java.util.regex.Pattern.compile(pattern.substring(colon + 1))
                        .matcher(domain)
                        .find();
            default -> false;
        };
    }
}
