package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/** Joins two channels: what one gives, the other takes, until both have ended. One for each node. */
public interface Relay {
    /**
     * Joins a waiting channel with one that is still being opened. When that fails, the waiting one is told, if its
     * protocol has words for it ({@link FailureReply}), else reset, and the reason goes to the log and to the
     * {@link TunnelListener}.
     *
     * @param request what was asked for
     * @param waiting who asked; called on its event loop, belongs to the relay from now on
     * @param opening the other end; belongs to the relay as soon as it is there
     */
    void join(Request request, Channel waiting, Future<Channel> opening);

    /**
     * How the node reaches the network.
     *
     * @param waiting who asked
     * @return a dialer on its event loop
     */
    Dialer dialer(Channel waiting);
}
