package dev.reversetunnel;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the rules say about a request, and why. For people who wonder, and for tests of one's rules; nothing is dialled.
 *
 * @param rule that decided; null if none matched, or if none was asked
 * @param to the tag that it leads to, or that is for what no rule matches; empty if the request is refused
 * @param outbounds the tags of the outbounds that it may come to: one, or all that a balancer chooses from
 * @param refusal why it is refused; empty if it is not. An outbound may refuse more, as {@link Outbound#direct()} does
 *     private addresses
 * @param earlier the rules before it that did not match, in their order
 * @param addresses what the name was resolved to, and would be dialled; empty if it was not resolved
 */
public record Explanation(
        @Nullable Rule rule,
        String to,
        List<String> outbounds,
        String refusal,
        List<Step> earlier,
        List<InetAddress> addresses) {

    /**
     * Refuses nulls where they mean nothing.
     *
     * @param rule that decided, if one did
     * @param to the tag, or empty
     * @param outbounds the tags of the outbounds
     * @param refusal why it is refused, or empty
     * @param earlier the rules that did not match
     * @param addresses what would be dialled, if it is known
     */
    public Explanation {
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(refusal, "refusal");
        outbounds = List.copyOf(outbounds);
        earlier = List.copyOf(earlier);
        addresses = List.copyOf(addresses);
    }

    /**
     * A rule that did not match.
     *
     * @param rule the rule
     * @param reason the first of its conditions that did not hold: what there was, and what it expects
     */
    public record Step(Rule rule, String reason) {
        /**
         * Refuses nulls.
         *
         * @param rule the rule
         * @param reason what did not hold
         */
        public Step {
            Objects.requireNonNull(rule, "rule");
            Objects.requireNonNull(reason, "reason");
        }

        /** In one line. */
        @Override
        public String toString() {
            return rule + ": no, " + reason;
        }
    }

    /** For people, in a line for each rule. */
    @Override
    public String toString() {
        String steps = earlier.stream().map(step -> step + "\n").collect(Collectors.joining());
        if (!refusal.isEmpty()) {
            return steps + (rule == null ? "" : rule + ": yes; ") + "refused: " + refusal;
        }
        return steps
                + (rule == null ? "no rule matches, so to \"" + to + '"' : rule + ": yes")
                + (outbounds.equals(List.of(to)) ? "" : ", which is one of " + outbounds)
                + (addresses.isEmpty() ? "" : ", at " + addresses);
    }
}
