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
     * Takes nothing new, waits for what is there to come to its end, then closes. Bridges are told to look for another
     * tunnel; a portal cannot be told, and may go on to open sessions meanwhile. Must not be called on an event loop.
     *
     * @param most how long to wait; what is still there then is cut
     * @return how many sessions were cut
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
