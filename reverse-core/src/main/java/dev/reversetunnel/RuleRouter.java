package dev.reversetunnel;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.util.List;
import java.util.Map;

/** Decides by rules: the first that matches wins, and what none matches is refused. */
final class RuleRouter implements Router {
    private final List<Target> targets;

    private record Target(Rule rule, String tag, Outbound outbound) {}

    /**
     * Binds rules to outbounds.
     *
     * @throws IllegalArgumentException if a rule leads to nothing known
     */
    RuleRouter(List<Rule> rules, Map<String, Outbound> outbounds) {
        targets = rules.stream().map(rule -> bind(rule, outbounds)).toList();
    }

    private static Target bind(Rule rule, Map<String, Outbound> outbounds) {
        String tag = rule.outbound();
        Outbound outbound = tag == null ? null : outbounds.get(tag);
        if (tag == null || outbound == null) {
            throw new IllegalArgumentException("rule: " + rule + " (expected: to one of " + outbounds.keySet() + ")");
        }
        return new Target(rule, tag, outbound);
    }

    @Override
    public Future<Route> route(Request request) {
        for (Target target : targets) {
            if (target.rule().matches(request)) {
                return decided(new Route(target.tag(), target.outbound(), request));
            }
        }
        return decided(new Route("", Outbound.refuse(), request));
    }

    private static Future<Route> decided(Route route) {
        return ImmediateEventExecutor.INSTANCE.newSucceededFuture(route);
    }
}
