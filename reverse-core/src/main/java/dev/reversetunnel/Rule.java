package dev.reversetunnel;

import dev.reversetunnel.net.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to an outbound. Several values in one condition are alternatives, several conditions must all hold;
 * the first rule that matches decides. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * Rule.inbound("bridge").domain("full:reverse.shop.internal").to("interconn")
 * }</pre>
 */
public final class Rule {
    private static final String FULL = "full:";

    private final List<Condition> conditions;
    private final @Nullable String outbound;

    /** One condition: its name, its text for people, and what it asks. */
    private record Condition(String name, String text, Predicate<Request> test) {}

    private Rule(List<Condition> conditions, @Nullable String outbound) {
        this.conditions = List.copyOf(conditions);
        this.outbound = outbound;
    }

    /**
     * A rule for everything.
     *
     * @return a rule without conditions
     */
    public static Rule any() {
        return new Rule(List.of(), null);
    }

    /**
     * A rule for what comes in by some inbounds. A bridge's tag is the inbound of its registrations and of the sessions
     * that come through its tunnels.
     *
     * @param tags the tags of inbounds or bridges; one of them must match
     * @return a rule with this condition
     */
    public static Rule inbound(String... tags) {
        Set<String> wanted = Set.copyOf(Arrays.asList(tags));
        return any().and(
                        "inbound",
                        String.join(", ", tags),
                        wanted.isEmpty(),
                        request -> wanted.contains(request.inbound()));
    }

    /**
     * The same rule for some domains only.
     *
     * @param patterns each {@code full:} and a domain name, which must be equal to the destination's but for case and a
     *     trailing dot
     * @return a changed copy
     * @throws IllegalArgumentException if a pattern is of another kind
     */
    public Rule domain(String... patterns) {
        Set<String> names = Arrays.stream(patterns).map(Rule::fullName).collect(Collectors.toUnmodifiableSet());
        return and(
                "domain",
                String.join(", ", patterns),
                names.isEmpty(),
                request -> request.destination().isDomain()
                        && names.contains(canonical(request.destination().host())));
    }

    private static String fullName(String pattern) {
        String name = pattern.startsWith(FULL) ? canonical(pattern.substring(FULL.length())) : "";
        if (name.isEmpty()) {
            throw new IllegalArgumentException("domain: \"" + pattern + "\" (expected: \"full:\" and a domain name)");
        }
        return name;
    }

    private static String canonical(String name) {
        String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return bare.toLowerCase(Locale.ROOT);
    }

    /**
     * The same rule for some destination ports only.
     *
     * @param ports 0 to 65535 each
     * @return a changed copy
     */
    public Rule port(int... ports) {
        Set<Integer> wanted = new TreeSet<>(IntStream.of(ports).boxed().toList());
        wanted.forEach(Rule::checkPort);
        return and(
                "port",
                wanted.toString(),
                wanted.isEmpty(),
                request -> wanted.contains(request.destination().port()));
    }

    /**
     * The same rule for a range of destination ports only.
     *
     * @param first the first of them
     * @param last the last of them, not below the first
     * @return a changed copy
     */
    public Rule ports(int first, int last) {
        checkPort(first);
        checkPort(last);
        return and("port", first + "-" + last, first > last, request -> {
            int port = request.destination().port();
            return port >= first && port <= last;
        });
    }

    private static void checkPort(int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0~65535)");
        }
    }

    /**
     * The same rule for one network only.
     *
     * @param network streams or datagrams
     * @return a changed copy
     */
    public Rule network(Network network) {
        return and(
                "network",
                network.toString(),
                false,
                request -> request.destination().network() == network);
    }

    /**
     * The same rule for some users only. Visitors of a plain port are nobody, and match no user.
     *
     * @param names as given to the inbound's {@code user(...)}; one of them must be equal, case included
     * @return a changed copy
     */
    public Rule user(String... names) {
        Set<String> wanted = Set.copyOf(Arrays.asList(names));
        if (wanted.contains("")) {
            throw new IllegalArgumentException("user: \"\" (expected: a name; who did not authenticate has none)");
        }
        return and("user", String.join(", ", names), wanted.isEmpty(), request -> wanted.contains(request.user()));
    }

    /**
     * Where what matches goes.
     *
     * @param tag the tag of an outbound or a portal
     * @return a changed copy
     */
    public Rule to(String tag) {
        if (outbound != null) {
            throw new IllegalStateException("to: already set to \"" + outbound + "\"");
        }
        return new Rule(conditions, tag);
    }

    private Rule and(String name, String text, boolean empty, Predicate<Request> test) {
        if (empty) {
            throw new IllegalArgumentException(name + ": \"" + text + "\" (expected: at least one value)");
        }
        for (Condition condition : conditions) {
            if (condition.name().equals(name)) {
                throw new IllegalStateException(name + ": already set to \"" + condition.text() + "\"");
            }
        }
        List<Condition> more = new ArrayList<>(conditions);
        more.add(new Condition(name, text, test));
        return new Rule(more, outbound);
    }

    boolean matches(Request request) {
        for (Condition condition : conditions) {
            if (!condition.test().test(request)) {
                return false;
            }
        }
        return true;
    }

    @Nullable
    String outbound() {
        return outbound;
    }

    /** The rule as people read it. */
    @Override
    public String toString() {
        return (conditions.isEmpty()
                        ? "everything"
                        : conditions.stream()
                                .map(condition -> condition.name() + " " + condition.text())
                                .collect(Collectors.joining(" and ")))
                + (outbound == null ? "" : " to \"" + outbound + "\"");
    }
}
