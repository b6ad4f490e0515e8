package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rules of a running node, and what they lead to. */
final class NodeRules {
    private static final Logger log = LoggerFactory.getLogger(NodeRules.class);

    private final NodePlan plan;
    private final ExitLoads loads;
    private final Map<String, Exits> exits;
    private final RuleRouter router;
    private final Set<String> rendezvous;

    NodeRules(NodePlan plan, Map<String, Outbound> outbounds, Function<String, Future<List<InetAddress>>> lookUp) {
        this.plan = plan;
        this.loads = new ExitLoads(plan.routing().counted(outbounds.keySet()));
        this.exits = plan.routing().exits(outbounds, loads);
        this.rendezvous = Stream.of(plan.portals(), plan.bridges())
                .flatMap(domains -> domains.values().stream())
                .map(DomainSet::canonical)
                .collect(Collectors.toUnmodifiableSet());
        this.router =
                new RuleRouter(plan.routing().table(exits), plan.routing().strategy(), this::mayHaveAddresses, lookUp);
    }

    /** Rendezvous domains are made up: whoever looks one up gets no answer, and tells a name server about it. */
    private boolean mayHaveAddresses(Destination destination) {
        return !ControlName.isReserved(destination) && !rendezvous.contains(DomainSet.canonical(destination.host()));
    }

    RuleRouter router() {
        return router;
    }

    ExitLoads loads() {
        return loads;
    }

    /** Tells of rules that never match, as it seems. */
    void tellDoubts(List<Rule> rules) {
        new RuleDoubts(plan.inbounds(), plan.bridges(), plan.outbounds())
                .of(rules, plan.routing().otherwise())
                .forEach(doubt -> log.warn("{}: {}", plan.name(), doubt));
    }

    /** Other rules decide from now on; checked as at the start. */
    void replace(List<Rule> rules) {
        rules.forEach(NodeBuilder::requireTarget);
        Routing routing = plan.routing().rules(rules);
        List<String> faults = routing.faults(plan.outbounds(), plan.portals().keySet(), plan.bridges());
        if (!faults.isEmpty()) {
            throw new IllegalStateException(plan.name() + " cannot be rerouted: " + String.join("; ", faults));
        }
        router.replace(routing.table(exits));
        tellDoubts(rules);
    }
}
