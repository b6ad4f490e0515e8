package dev.reversetunnel;

import dev.reversetunnel.net.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which members of a private network may reach which services of which others. What no access allows is refused.
 * Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * Access.from("laptop", "tv").to("nas").tcp(443, 445).udp(53)
 * }</pre>
 */
public final class Access {
    private final @Nullable Set<String> from; // null for all
    private final @Nullable Set<String> to;
    private final boolean unlimited;
    private final Set<Integer> tcp;
    private final Set<Integer> udp;

    private Access(
            @Nullable Set<String> from,
            @Nullable Set<String> to,
            boolean unlimited,
            Collection<Integer> tcp,
            Collection<Integer> udp) {
        this.from = from;
        this.to = to;
        this.unlimited = unlimited;
        this.tcp = new TreeSet<>(tcp);
        this.udp = new TreeSet<>(udp);
    }

    /**
     * Access of some members.
     *
     * @param members their names
     * @return to nothing yet
     */
    public static Access from(String... members) {
        return new Access(names("from", members), Set.of(), false, Set.of(), Set.of());
    }

    /**
     * Access of all members.
     *
     * @return to nothing yet
     */
    public static Access fromAll() {
        return new Access(null, Set.of(), false, Set.of(), Set.of());
    }

    /**
     * Whom they may reach.
     *
     * @param members their names
     * @return a changed copy
     */
    public Access to(String... members) {
        return new Access(from, names("to", members), unlimited, tcp, udp);
    }

    /**
     * They may reach everybody.
     *
     * @return a changed copy
     */
    public Access toAll() {
        return new Access(from, null, unlimited, tcp, udp);
    }

    /**
     * Services for streams, besides those that were named before.
     *
     * @param ports 1 to 65535 each
     * @return a changed copy
     */
    public Access tcp(int... ports) {
        return new Access(from, to, unlimited, more(tcp, ports), udp);
    }

    /**
     * Services for datagrams, besides those that were named before.
     *
     * @param ports 1 to 65535 each
     * @return a changed copy
     */
    public Access udp(int... ports) {
        return new Access(from, to, unlimited, tcp, more(udp, ports));
    }

    /**
     * All services that they offer.
     *
     * @return a changed copy
     */
    public Access everything() {
        return new Access(from, to, true, tcp, udp);
    }

    private static Set<String> names(String what, String... members) {
        if (members.length == 0) {
            throw new IllegalArgumentException(what + ": nobody (expected: at least one member)");
        }
        return new TreeSet<>(Arrays.asList(members));
    }

    private static Set<Integer> more(Set<Integer> before, int... ports) {
        Set<Integer> all = new TreeSet<>(before);
        for (int port : ports) {
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("port: " + port + " (expected: 1~65535)");
            }
            all.add(port);
        }
        return all;
    }

    /** What is wrong with it in a network of these members. */
    List<String> faults(Set<String> members) {
        List<String> faults = new ArrayList<>();
        for (Set<String> named : Arrays.asList(from, to)) {
            if (named != null && !members.containsAll(named)) {
                faults.add("access " + this + " names somebody who is no member (known: " + members + ")");
            }
        }
        if (to != null && to.isEmpty()) {
            faults.add("access " + this + " leads to nobody (call to(...) or toAll())");
        }
        if (!unlimited && tcp.isEmpty() && udp.isEmpty()) {
            faults.add("access " + this + " is to no service (call tcp(...), udp(...) or everything())");
        }
        return faults;
    }

    /** As rules of the hub: for each member's address and names. */
    List<Rule> rules(Members members, String... inbounds) {
        List<Rule> rules = new ArrayList<>();
        Rule any =
                from == null ? Rule.inbound(inbounds) : Rule.inbound(inbounds).user(from.toArray(String[]::new));
        for (String member : to == null ? members.names() : to) {
            for (Rule there : List.of(any.ip(members.address(member)), any.domain(members.domains(member)))) {
                if (unlimited) {
                    rules.add(there.to(member));
                    continue;
                }
                add(rules, there.network(Network.TCP), tcp, member);
                add(rules, there.network(Network.UDP), udp, member);
            }
        }
        return rules;
    }

    private void add(List<Rule> rules, Rule rule, Set<Integer> ports, String member) {
        if (!ports.isEmpty()) {
            rules.add(rule.port(ports.stream().mapToInt(Integer::intValue).toArray())
                    .named(toString())
                    .to(member));
        }
    }

    /** As people read it. */
    @Override
    public String toString() {
        String services = unlimited
                ? "everything"
                : IntStream.range(0, 2)
                        .mapToObj(i -> i == 0 ? text("tcp", tcp) : text("udp", udp))
                        .filter(text -> !text.isEmpty())
                        .collect(Collectors.joining(" and "));
        return (from == null ? "all" : String.join(", ", from)) + " to " + (to == null ? "all" : String.join(", ", to))
                + ": " + (services.isEmpty() ? "nothing" : services);
    }

    private static String text(String network, Set<Integer> ports) {
        return ports.isEmpty()
                ? ""
                : network + " " + ports.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
