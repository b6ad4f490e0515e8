package dev.reversetunnel;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Several outbounds or portals behind one tag, of which each request gets one. A session stays where it is; of
 * datagrams, those of one visitor to one target stay together. A portal without a tunnel is passed over while another
 * outbound is left. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * ReverseTunnel.node()
 *         .outbound("proxy-a", ...).outbound("proxy-b", ...)
 *         .balancer("proxies", Balancer.roundRobin("proxy-"))
 *         .route(Rule.any().to("proxies"))
 * }</pre>
 */
public final class Balancer {
    private final Choice choice;
    private final List<String> prefixes;
    private final @Nullable String fallback;

    /** How one is chosen. */
    enum Choice {
        RANDOM,
        ROUND_ROBIN,
        LEAST_LOAD
    }

    private Balancer(Choice choice, List<String> prefixes, @Nullable String fallback) {
        this.choice = choice;
        this.prefixes = prefixes;
        this.fallback = fallback;
    }

    /**
     * Any one, as likely as the others.
     *
     * @param prefixes all outbounds and portals whose tags begin with one of these take part
     * @return a balancer
     */
    public static Balancer random(String... prefixes) {
        return of(Choice.RANDOM, prefixes);
    }

    /**
     * One after the other, in the order in which the node got them.
     *
     * @param prefixes all outbounds and portals whose tags begin with one of these take part
     * @return a balancer
     */
    public static Balancer roundRobin(String... prefixes) {
        return of(Choice.ROUND_ROBIN, prefixes);
    }

    /**
     * The one with the fewest sessions of this node that are open now, by whatever rule they came there; of several,
     * the first.
     *
     * @param prefixes all outbounds and portals whose tags begin with one of these take part
     * @return a balancer
     */
    public static Balancer leastLoad(String... prefixes) {
        return of(Choice.LEAST_LOAD, prefixes);
    }

    private static Balancer of(Choice choice, String... prefixes) {
        if (prefixes.length == 0 || Arrays.asList(prefixes).contains("")) {
            throw new IllegalArgumentException(
                    "prefixes: " + Arrays.toString(prefixes) + " (expected: how the tags of outbounds begin)");
        }
        return new Balancer(choice, List.of(prefixes), null);
    }

    /**
     * Where requests go when no outbound is left to choose: none has such a tag, or all are portals without a tunnel.
     *
     * @param tag of an outbound or a portal
     * @return a changed copy
     */
    public Balancer fallback(String tag) {
        if (fallback != null) {
            throw new IllegalStateException("fallback: already set to \"" + fallback + "\"");
        }
        return new Balancer(choice, prefixes, tag);
    }

    Choice choice() {
        return choice;
    }

    boolean selects(String tag) {
        return prefixes.stream().anyMatch(tag::startsWith);
    }

    @Nullable
    String fallback() {
        return fallback;
    }

    /** How it chooses among what. */
    @Override
    public String toString() {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', ' ') + " of " + prefixes
                + (fallback == null ? "" : ", else \"" + fallback + '"');
    }
}
