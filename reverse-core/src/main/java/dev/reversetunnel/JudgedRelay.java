package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/**
 * The relay of a node, for a request whose name the rules had looked up.
 *
 * @param relay that of the node
 * @param route what was decided
 */
record JudgedRelay(Relay relay, Route route) implements Relay {
    /** The node's own where nothing was looked up. */
    static Relay of(Relay relay, Route route) {
        return route.isLookedUp() ? new JudgedRelay(relay, route) : relay;
    }

    @Override
    public void join(Request request, Channel waiting, Future<Channel> opening) {
        relay.join(request, waiting, opening);
    }

    @Override
    public Dialer dialer(Channel waiting) {
        return new JudgedDialer(relay.dialer(waiting), host -> route.isFor(host) ? route : null);
    }
}
