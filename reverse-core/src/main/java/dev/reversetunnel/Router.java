package dev.reversetunnel;

import io.netty.util.concurrent.Future;

/** Decides which outbound a request goes to. */
public interface Router {
    /**
     * Decides.
     *
     * @param request what was asked for
     * @return the route; completes at once unless a name must be looked up first
     */
    Future<Route> route(Request request);
}
