package dev.reversetunnel;

import dev.reversetunnel.net.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to an outbound. Several values in one condition are alternatives, several conditions must all hold;
 * the first rule that matches decides. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * Rule.inbound("bridge").domain("full:reverse.shop.internal").to("interconn")
 * Rule.any().ip("geoip:private").named("no way inside").to("refuse")
 * Rule.inbound("socks").domain("domain:example.com", "geosite:google").ports("80,443").to("proxies")
 * }</pre>
 *
 * <p>The conditions and their values are those of V2Ray's and Xray's documents.
 */
public final class Rule {
    private final List<Condition> conditions;
    private final @Nullable String name;
    private final @Nullable String target;
    private final boolean allowsPrivate;

    private Rule(List<Condition> conditions, @Nullable String name, @Nullable String target, boolean allowsPrivate) {
        this.conditions = List.copyOf(conditions);
        this.name = name;
        this.target = target;
        this.allowsPrivate = allowsPrivate;
    }

    /**
     * A rule for everything.
     *
     * @return a rule without conditions
     */
    public static Rule any() {
        return new Rule(List.of(), null, null, false);
    }

    /**
     * A rule for what comes in by some inbounds. A bridge's tag is the inbound of its registrations and of the sessions
     * that come through its tunnels.
     *
     * @param tags the tags of inbounds or bridges; one of them must match
     * @return a rule with this condition
     */
    public static Rule inbound(String... tags) {
        return any().from(tags);
    }

    /**
     * The same rule for what comes in by some inbounds only, where it does not begin with {@link #inbound}.
     *
     * @param tags the tags of inbounds or bridges; one of them must match
     * @return a changed copy
     */
    public Rule from(String... tags) {
        Set<String> wanted = Set.copyOf(Arrays.asList(some("inbound", tags)));
        return and(TextCondition.of("inbound", List.of(tags), Request::inbound, wanted::contains));
    }

    /**
     * The same rule for some domains only. It looks at the host that was sniffed, or else at the one that was asked
     * for; what is asked for by address alone has no domain. Case does not matter, as in Xray; to V2Ray 4.34 it does.
     *
     * @param patterns each one of {@code full:name}, {@code domain:name} (the name and all below it),
     *     {@code keyword:text} or just some text (which is a part of the name), {@code regexp:expression},
     *     {@code dotless:text}, {@code geosite:code} or {@code geosite:code@attribute} (a list of
     *     {@link ReverseTunnel.Builder#geo}), {@code ext:file:code}; see {@link DomainSet.Builder}
     * @return a changed copy
     * @throws IllegalArgumentException if a pattern is of another kind
     */
    public Rule domain(String... patterns) {
        return and(DomainCondition.of(some("domain", patterns)));
    }

    /**
     * The same rule for the domains of a set only.
     *
     * @param set the names
     * @return a changed copy
     */
    public Rule domain(DomainSet set) {
        return and(DomainCondition.of(set));
    }

    /**
     * The same rule for some destination addresses only. A name has those that it resolves to, if the
     * {@link DomainStrategy} says so; one of them must match, and those that do not are not dialled. Blocks may
     * overlap; in documents for V2Ray 4.34 they should not, for it overlooks addresses then.
     *
     * @param values each an IP address, a block such as {@code 10.0.0.0/8}, {@code geoip:private} (everything that is
     *     not public), {@code geoip:code} (a list of {@link ReverseTunnel.Builder#geo}), or {@code ext:file:code}.
     *     Behind a {@code !} each means all other addresses of its family ({@code !10.0.0.0/8} is IPv4 without those,
     *     {@code geoip:!de} both as far as the list has both); of several of those, all must hold
     * @return a changed copy
     * @throws IllegalArgumentException if a value is of another kind
     */
    public Rule ip(String... values) {
        return and(AddressCondition.of(AddressCondition.Whose.DESTINATION, some("ip", values)));
    }

    /**
     * The same rule for visitors with some addresses only. Whose address is not known does not match.
     *
     * @param values as for {@link #ip}
     * @return a changed copy
     */
    public Rule source(String... values) {
        return and(AddressCondition.of(AddressCondition.Whose.SOURCE, some("source", values)));
    }

    /**
     * The same rule for visitors who reached some addresses of ours only.
     *
     * @param values as for {@link #ip}
     * @return a changed copy
     */
    public Rule local(String... values) {
        return and(AddressCondition.of(AddressCondition.Whose.LOCAL, some("local", values)));
    }

    /**
     * The same rule for some destination ports only.
     *
     * @param ports 0 to 65535 each
     * @return a changed copy
     */
    public Rule port(int... ports) {
        if (ports.length == 0) {
            throw none("port");
        }
        return and(PortCondition.of(ports));
    }

    /**
     * The same rule for a range of destination ports only.
     *
     * @param first the first of them
     * @param last the last of them, not below the first
     * @return a changed copy
     */
    public Rule ports(int first, int last) {
        return and(PortCondition.of(PortCondition.Whose.DESTINATION, first, last));
    }

    /**
     * The same rule for some destination ports only.
     *
     * @param list ports and ranges, such as {@code 53,443,1000-2000}
     * @return a changed copy
     */
    public Rule ports(String list) {
        return and(PortCondition.of(PortCondition.Whose.DESTINATION, list));
    }

    /**
     * The same rule for visitors with some ports of their own only.
     *
     * @param list as for {@link #ports(String)}
     * @return a changed copy
     */
    public Rule sourcePorts(String list) {
        return and(PortCondition.of(PortCondition.Whose.SOURCE, list));
    }

    /**
     * The same rule for visitors who reached some ports of ours only.
     *
     * @param list as for {@link #ports(String)}
     * @return a changed copy
     */
    public Rule localPorts(String list) {
        return and(PortCondition.of(PortCondition.Whose.LOCAL, list));
    }

    /**
     * The same rule for one network only.
     *
     * @param networks streams or datagrams; both are all there is
     * @return a changed copy
     */
    public Rule network(Network... networks) {
        if (networks.length == 0) {
            throw none("network");
        }
        Set<Network> wanted = EnumSet.copyOf(Arrays.asList(networks));
        List<String> texts = wanted.stream().map(Network::toString).toList();
        return and(TextCondition.of(
                "network", texts, request -> request.destination().network().toString(), Set.copyOf(texts)::contains));
    }

    /**
     * The same rule for some users only. Visitors of a plain port are nobody, and match no user.
     *
     * @param names as given to the inbound's {@code user(...)}, and equal to it, case included; or {@code regexp:} and
     *     an expression that is found in it, as in Xray's documents
     * @return a changed copy
     */
    public Rule user(String... names) {
        if (Arrays.asList(some("user", names)).contains("")) {
            throw new IllegalArgumentException("user: \"\" (expected: a name; who did not authenticate has none)");
        }
        String regexp = "regexp:";
        Set<String> wanted =
                Arrays.stream(names).filter(user -> !user.startsWith(regexp)).collect(Collectors.toUnmodifiableSet());
        List<BoundedPattern> patterns = Stream.of(names)
                .filter(user -> user.startsWith(regexp))
                .map(user -> new BoundedPattern("user", user.substring(regexp.length())))
                .toList();
        Predicate<String> test =
                user -> wanted.contains(user) || patterns.stream().anyMatch(pattern -> pattern.isIn(user));
        return and(TextCondition.of("user", List.of(names), Request::user, test));
    }

    /**
     * The same rule for what was sniffed as some protocols only, at an inbound that looks for them (see
     * {@link Sniffing}).
     *
     * @param names such as {@code http} or {@code tls}; what was sniffed must begin with one of them
     * @return a changed copy
     */
    public Rule protocol(String... names) {
        if (Arrays.asList(some("protocol", names)).contains("")) {
            throw new IllegalArgumentException("protocol: \"\" (expected: http or tls)");
        }
        List<String> wanted = List.of(names);
        return and(TextCondition.of(
                "protocol",
                wanted,
                request -> request.sniffed() == null ? "" : request.sniffed().protocol(),
                protocol -> wanted.stream().anyMatch(protocol::startsWith)));
    }

    /**
     * The same rule for what a program says only. Asked after all other conditions but {@link #ip}; several are all
     * asked.
     *
     * @param test called on event loops; must not block. What it throws ends the request
     * @return a changed copy
     */
    public Rule when(Predicate<Request> test) {
        Objects.requireNonNull(test, "test");
        return with(new ProgramCondition(test));
    }

    /**
     * The same rule with a name, which stands in logs and in {@link ReverseTunnel#explain}.
     *
     * @param other such as {@code no ads}
     * @return a changed copy
     */
    public Rule named(String other) {
        if (name != null) {
            throw new IllegalStateException("named: already set to \"" + name + "\"");
        }
        if (other.isBlank()) {
            throw new IllegalArgumentException("named: \"" + other + "\" (expected: a name)");
        }
        return new Rule(conditions, other, target, allowsPrivate);
    }

    /**
     * The same rule, whose requests may reach private, loopback and link-local addresses by an
     * {@link Outbound#direct()} that refuses them else. Together with {@link #ip}, those addresses only.
     *
     * @return a changed copy
     */
    public Rule allowPrivate() {
        return new Rule(conditions, name, target, true);
    }

    /**
     * Where what matches goes.
     *
     * @param tag the tag of an outbound, a portal or a balancer
     * @return a changed copy
     */
    public Rule to(String tag) {
        if (target != null) {
            throw new IllegalStateException("to: already set to \"" + target + "\"");
        }
        return new Rule(conditions, name, Objects.requireNonNull(tag, "tag"), allowsPrivate);
    }

    private static String[] some(String name, String... values) {
        if (values.length == 0) {
            throw none(name);
        }
        return values;
    }

    private static IllegalArgumentException none(String name) {
        return new IllegalArgumentException(name + ": none (expected: at least one value)");
    }

    private Rule and(Condition next) {
        for (Condition condition : conditions) {
            if (condition.name().equals(next.name())) {
                throw new IllegalStateException(next.name() + ": already set to \"" + condition.text() + "\"");
            }
        }
        return with(next);
    }

    private Rule with(Condition next) {
        List<Condition> more = new ArrayList<>(conditions);
        more.add(next);
        return new Rule(more, name, target, allowsPrivate);
    }

    /** Without lists, and without resolving a name. */
    boolean matches(Request request) {
        return RuleTable.obstacle(conditions, Judged.of(request, false)) == null;
    }

    List<Condition> conditions() {
        return conditions;
    }

    @Nullable
    String target() {
        return target;
    }

    boolean allowsPrivate() {
        return allowsPrivate;
    }

    /** The rule as people read it. */
    @Override
    public String toString() {
        return (name == null ? "" : '"' + name + "\", ")
                + (conditions.isEmpty()
                        ? "everything"
                        : conditions.stream()
                                .map(condition -> condition.name() + " " + condition.text())
                                .collect(Collectors.joining(" and ")))
                + (target == null ? "" : " to \"" + target + "\"");
    }
}
