package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Decides by rules: the first that matches wins. Completes at once unless a rule asks for the addresses of a name.
 *
 * <p>The rules may be replaced at any time; each request is decided by those of one moment.
 */
final class RuleRouter implements Router {
    private final DomainStrategy strategy;
    private final Predicate<Destination> hasAddresses;
    private final Function<String, Future<List<InetAddress>>> lookUp;
    private volatile RuleTable table;

    /**
     * A router.
     *
     * @param hasAddresses whether a destination's name may be looked up: rendezvous domains are made up
     * @param lookUp finds the addresses of a name in bounded time, off the event loops
     */
    RuleRouter(
            RuleTable table,
            DomainStrategy strategy,
            Predicate<Destination> hasAddresses,
            Function<String, Future<List<InetAddress>>> lookUp) {
        this.table = table;
        this.strategy = strategy;
        this.hasAddresses = hasAddresses;
        this.lookUp = lookUp;
    }

    /** From now on other rules decide. */
    void replace(RuleTable other) {
        table = other;
    }

    @Override
    public Future<Route> route(Request request) {
        return decide(request, Decision::route);
    }

    /** What the rules say, and why. */
    CompletableFuture<Explanation> explain(Request request) {
        CompletableFuture<Explanation> result = new CompletableFuture<>();
        decide(request, Decision::explanation).addListener((Future<Explanation> done) -> {
            if (done.isSuccess()) {
                result.complete(done.getNow());
            } else {
                result.completeExceptionally(done.cause());
            }
        });
        return result;
    }

    /** What was found by the rules of one moment. */
    private record Decision(RuleTable table, int found, Judged judged) {
        Route route() {
            Route route = table.route(found, judged);
            if (route == null) {
                return Route.none(judged.request());
            }
            return judged.unresolved() == null
                    ? route
                    : new Route(route.tag(), route.outbound(), route.request(), judged.unresolved());
        }

        Explanation explanation() {
            return table.explain(found, judged);
        }
    }

    private <T> Future<T> decide(Request request, Function<Decision, T> outcome) {
        try {
            RuleTable rules = table;
            boolean resolvable = strategy != DomainStrategy.AS_IS
                    && rules.judgesAddresses()
                    && request.destination().isDomain()
                    && request.addresses().isEmpty()
                    && hasAddresses.test(request.destination());
            Judged judged = Judged.of(request, resolvable && strategy == DomainStrategy.IP_ON_DEMAND);
            int found = rules.find(judged, 0);
            if (found < 0) {
                return afterLookUp(rules, judged, ~found, outcome);
            }
            if (found == RuleTable.NONE && resolvable && strategy == DomainStrategy.IP_IF_NON_MATCH) {
                return afterLookUp(rules, judged, 0, outcome);
            }
            return ImmediateEventExecutor.INSTANCE.newSucceededFuture(
                    outcome.apply(new Decision(rules, found, judged)));
        } catch (RuntimeException e) { // of a program's condition, or a regular expression that is too much work
            return ImmediateEventExecutor.INSTANCE.newFailedFuture(e);
        }
    }

    private <T> Future<T> afterLookUp(RuleTable rules, Judged judged, int from, Function<Decision, T> outcome) {
        Promise<T> result = ImmediateEventExecutor.INSTANCE.newPromise();
        lookUp.apply(judged.request().destination().host()).addListener((Future<List<InetAddress>> found) -> {
            try {
                Judged known = found.isSuccess() ? judged.resolved(found.getNow()) : judged.unresolved(found.cause());
                result.setSuccess(outcome.apply(new Decision(rules, rules.find(known, from), known)));
            } catch (RuntimeException e) {
                result.setFailure(e);
            }
        });
        return result;
    }
}
