package dev.reversetunnel;

/**
 * What a {@link Router} decided.
 *
 * @param tag the outbound's tag
 * @param outbound where to
 * @param request with the address that was judged, and that will be dialled: there is no second look-up
 */
public record Route(String tag, Outbound outbound, Request request) {}
