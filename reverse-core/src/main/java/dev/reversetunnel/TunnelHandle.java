package dev.reversetunnel;

import java.time.Duration;

/** What runs: a node, or a part of one that stands for itself. May be used by any thread. */
public abstract sealed class TunnelHandle implements AutoCloseable
        permits ReverseTunnel, Portal, Bridge, PrivateNetwork, NetworkMember {
    private final Node node;

    TunnelHandle(Node node) {
        this.node = node;
    }

    final Node running() {
        return node;
    }

    /**
     * How it is now.
     *
     * @return a copy
     */
    public final NodeSnapshot snapshot() {
        return node.snapshot();
    }

    /**
     * Takes nothing new, waits for what is there to come to its end, then closes: right behind the last session, and at
     * the latest when the time is over. Must not be called on an event loop; who interrupts the waiting thread cuts
     * what is there.
     *
     * <p>A portal closes its ports, and tells its bridges to look for another tunnel. A bridge dials no more, and tells
     * its portals, which send their visitors to other bridges, or hold them until one comes: so the next process of a
     * rolling restart is started, and ready, before the one before it drains, and no visitor notices. A portal of
     * another make cannot be told: it goes on to open sessions until its tunnels close, and what it opens in the last
     * moment is lost.
     *
     * @param most how long to wait; what is still there then is cut
     * @return how many sessions were cut, which the log tells, too
     */
    public final int drain(Duration most) {
        return node.drain(most);
    }

    /** Ends everything at once: ports, tunnels, sessions, threads. Waits for that, unless called on an event loop. */
    @Override
    public final void close() {
        node.close();
    }

    /** Its name, and where it listens. */
    @Override
    public final String toString() {
        return node.toString();
    }
}
