package dev.reversetunnel;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rules whose lists are there and whose tags lead somewhere. Immutable but for what balancers remember. */
final class RuleTable {
    /** What {@link #find} returns if no rule matches. */
    static final int NONE = Integer.MAX_VALUE;

    private final List<Entry> entries;
    private final @Nullable Exits otherwise;
    private final boolean judgesAddresses;

    /** A rule, its conditions with the cheap ones first, and where it leads. */
    record Entry(Rule rule, List<Condition> conditions, Exits exits) {
        /** A rule with what its conditions need; throws if a list is not there. */
        static Entry bind(Rule rule, GeoData geo, Exits exits) {
            return new Entry(rule, bind(rule, geo), exits);
        }

        static List<Condition> bind(Rule rule, GeoData geo) {
            return rule.conditions().stream()
                    .map(condition -> condition.bind(geo))
                    .sorted(Comparator.comparingInt(Entry::cost))
                    .toList();
        }

        private static int cost(Condition condition) {
            if (condition.judgesAddresses()) {
                return 2;
            }
            return condition instanceof ProgramCondition ? 1 : 0;
        }

        /** The first condition that does not hold, or that cannot be judged yet; null if all hold. */
        @Nullable
        Condition obstacle(Judged judged) {
            return RuleTable.obstacle(conditions, judged);
        }
    }

    RuleTable(List<Entry> entries, @Nullable Exits otherwise) {
        this.entries = List.copyOf(entries);
        this.otherwise = otherwise;
        this.judgesAddresses =
                entries.stream().flatMap(entry -> entry.conditions().stream()).anyMatch(Condition::judgesAddresses);
    }

    static @Nullable Condition obstacle(List<Condition> conditions, Judged judged) {
        for (int i = 0; i < conditions.size(); i++) {
            Condition condition = conditions.get(i);
            if ((judged.mayResolve() && condition.judgesAddresses()) || !condition.holds(judged)) {
                return condition;
            }
        }
        return null;
    }

    boolean judgesAddresses() {
        return judgesAddresses;
    }

    /**
     * The first rule that matches.
     *
     * @param from the rule to begin with
     * @return its index; {@link #NONE}; or, if a rule cannot be judged before the name is resolved, the complement of
     *     that one's index, which is negative
     */
    int find(Judged judged, int from) {
        for (int i = from; i < entries.size(); i++) {
            Condition obstacle = entries.get(i).obstacle(judged);
            if (obstacle == null) {
                return i;
            }
            if (judged.mayResolve() && obstacle.judgesAddresses()) {
                return ~i;
            }
        }
        return NONE;
    }

    /** Where a request goes by the rule that was found for it; null if nowhere. */
    @Nullable
    Route route(int found, Judged judged) {
        if (found == NONE) {
            return otherwise == null ? null : route(otherwise.next(), false, judged.addresses(), judged);
        }
        Entry entry = entries.get(found);
        return route(entry.exits().next(), entry.rule().allowsPrivate(), addresses(entry, judged), judged);
    }

    private static Route route(Exit exit, boolean privately, List<InetAddress> addresses, Judged judged) {
        Request request = judged.request();
        boolean same = !request.destination().isDomain() || addresses.equals(request.addresses());
        return new Route(
                exit.tag(),
                privately ? exit.privately() : exit.outbound(),
                same ? request : request.addresses(addresses));
    }

    private static List<InetAddress> addresses(Entry entry, Judged judged) {
        List<InetAddress> addresses = judged.addresses();
        for (Condition condition : entry.conditions()) {
            addresses = condition.judged(addresses);
        }
        return addresses;
    }

    Explanation explain(int found, Judged judged) {
        List<Explanation.Step> earlier = new ArrayList<>();
        for (Entry entry : entries.subList(0, Math.min(found, entries.size()))) {
            Condition obstacle = entry.obstacle(judged);
            String reason = obstacle == null
                    ? "it holds by now" // a program changed its mind, or a balancer's
                    : obstacle.name() + ": " + obstacle.actual(judged) + " (expected: " + obstacle.text() + ")";
            earlier.add(new Explanation.Step(entry.rule(), reason));
        }
        Rule rule = found == NONE ? null : entries.get(found).rule();
        Exits exits = found == NONE ? otherwise : entries.get(found).exits();
        if (exits == null) {
            return new Explanation(null, "", List.of(), Route.NO_RULE, earlier, judged.addresses());
        }
        List<String> tags = exits.all().stream().map(Exit::tag).toList();
        List<InetAddress> addresses = rule == null ? judged.addresses() : addresses(entries.get(found), judged);
        String to = exits.name();
        boolean refuses = exits.all().stream().allMatch(exit -> exit.outbound() instanceof RefuseOutbound);
        return new Explanation(rule, to, tags, refuses ? "by the rule to \"" + to + '"' : "", earlier, addresses);
    }
}
