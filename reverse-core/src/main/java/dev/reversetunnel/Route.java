package dev.reversetunnel;

/**
 * What a {@link Router} decided.
 *
 * @param tag the outbound's tag
 * @param outbound where to
 * @param request with the address that was judged, and that will be dialled: there is no second look-up
 */
public record Route(String tag, Outbound outbound, Request request) {
    static final String NO_RULE = "no rule allows it";

    /** To nowhere. */
    static Route none(Request request) {
        return new Route("", Outbound.refuse(), request);
    }

    /** Why what goes to {@link Outbound#refuse()} is refused. */
    String refusal() {
        return tag.isEmpty() ? NO_RULE : "by the rule to \"" + tag + '"';
    }
}
