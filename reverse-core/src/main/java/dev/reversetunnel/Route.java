package dev.reversetunnel;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Router} decided.
 *
 * @param tag the outbound's tag
 * @param outbound where to
 * @param request with the addresses that were judged, and that will be dialled: there is no second look-up
 * @param unresolved why the destination's name has no address, if the rules asked for one in vain; null otherwise.
 *     Whoever would dial it from here cannot, but a proxy may know it
 */
public record Route(
        String tag,
        Outbound outbound,
        Request request,
        @Nullable Throwable unresolved) {
    static final String NO_RULE = "no rule allows it";

    /**
     * A route.
     *
     * @param tag the outbound's tag
     * @param outbound where to
     * @param request with the addresses that were judged
     */
    public Route(String tag, Outbound outbound, Request request) {
        this(tag, outbound, request, null);
    }

    /** To nowhere. */
    static Route none(Request request) {
        return new Route("", Outbound.refuse(), request);
    }

    /** Why what goes to {@link Outbound#refuse()} is refused. */
    String refusal() {
        return tag.isEmpty() ? NO_RULE : "by the rule to \"" + tag + '"';
    }

    /** Whether the rules asked for the addresses of the destination's name. */
    boolean isLookedUp() {
        return unresolved != null || !request.addresses().isEmpty();
    }

    /** The same, with those addresses only that another judgement of the name allows, too. */
    Route and(Route other) {
        if (unresolved != null || other.unresolved != null) {
            return unresolved != null ? this : other;
        }
        List<InetAddress> both = request.addresses().stream()
                .filter(other.request.addresses()::contains)
                .toList();
        Throwable none = both.isEmpty()
                ? new RefusedException("the rules allow different addresses of one name to different ports of it")
                : null;
        return new Route(tag, outbound, request.addresses(both), none);
    }

    boolean isFor(String host) {
        return isLookedUp() && request.destination().host().equals(host);
    }
}
