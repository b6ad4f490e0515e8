package dev.reversetunnel;

import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The tunnels of a portal, and which of them a visitor gets. Shared between loops: a copy-on-write list of tunnels
 * whose counters anybody may read.
 */
final class TunnelPool {
    private final List<PortalTunnel> tunnels = new CopyOnWriteArrayList<>();

    void add(PortalTunnel tunnel) {
        tunnels.add(tunnel);
    }

    void remove(PortalTunnel tunnel) {
        tunnels.remove(tunnel);
    }

    List<PortalTunnel> all() {
        return tunnels;
    }

    /**
     * The least loaded tunnel of those that live: active before blocked, at either end, before draining, before
     * suspect; then by queued bytes, then by sessions. If equal, one that was heard within the interval, then one on
     * the visitor's own loop, then the one that was heard last: "the first in the list" would send everybody to a dead
     * one (which has no sessions) until it is found out.
     *
     * @return the tunnel; null if there is none that can open a session
     */
    @Nullable
    PortalTunnel pick(@Nullable EventLoop loop) {
        PortalTunnel best = null;
        for (PortalTunnel tunnel : tunnels) {
            if (isUsable(tunnel) && (best == null || isBetter(tunnel, best, loop))) {
                best = tunnel;
            }
        }
        return best;
    }

    /** Why there is none, if it is only that their users have as many sessions as they may have; else null. */
    @Nullable
    String full() {
        String reason = null;
        for (PortalTunnel tunnel : tunnels) {
            if (isOpen(tunnel) && reason == null) {
                reason = tunnel.full();
            }
        }
        return reason;
    }

    private static boolean isUsable(PortalTunnel tunnel) {
        return isOpen(tunnel) && tunnel.full() == null;
    }

    private static boolean isOpen(PortalTunnel tunnel) {
        return tunnel.isSettled()
                && tunnel.state() != TunnelState.CLOSED
                && tunnel.mux().carrier().isActive()
                && tunnel.mux().canOpen();
    }

    private static boolean isBetter(PortalTunnel one, PortalTunnel other, @Nullable EventLoop loop) {
        int order = Integer.compare(rank(one), rank(other));
        if (order == 0) {
            order = Integer.compare(queued(one), queued(other));
        }
        if (order == 0) {
            order = Integer.compare(one.mux().openSessions(), other.mux().openSessions());
        }
        if (order == 0) {
            order = Boolean.compare(one.isAsked(), other.isAsked());
        }
        if (order == 0) {
            order = Boolean.compare(other.loop() == loop, one.loop() == loop);
        }
        return order < 0 || (order == 0 && one.heardNanos() - other.heardNanos() >= 0);
    }

    private static int rank(PortalTunnel tunnel) {
        if (tunnel.isSuspect()) {
            return 3;
        }
        if (tunnel.state() == TunnelState.DRAINING) {
            return 2;
        }
        // Not writable: the bridge's end is blocked by a slow origin, or at least there is a queue.
        return tunnel.mux().isBlocked() || !tunnel.mux().carrier().isWritable() ? 1 : 0;
    }

    /** In steps of 64 KiB: a few bytes more or less are no reason. */
    private static int queued(PortalTunnel tunnel) {
        return tunnel.mux().queuedBytes() >>> 16;
    }
}
