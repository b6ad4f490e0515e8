package dev.reversetunnel;

import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tunnels of a portal, and which of them a visitor gets. Shared between loops: a copy-on-write list of tunnels
 * whose counters anybody may read, and the same by bridge, for many bridges have a few tunnels each.
 */
final class TunnelPool {
    private final List<PortalTunnel> tunnels = new CopyOnWriteArrayList<>();
    private final Map<BridgeIdentity, List<PortalTunnel>> byBridge = new ConcurrentHashMap<>();
    private final BridgePolicy policy;

    TunnelPool(BridgePolicy policy) {
        this.policy = policy;
    }

    /** On the tunnel's loop. */
    void add(PortalTunnel tunnel) {
        tunnels.add(tunnel);
        file(tunnel, tunnel.bridge());
    }

    /** On the tunnel's loop. */
    void remove(PortalTunnel tunnel) {
        tunnels.remove(tunnel);
        unfile(tunnel, tunnel.bridge());
    }

    /** It is known by now whose a tunnel is. On the tunnel's loop. */
    void introduced(PortalTunnel tunnel, BridgeIdentity before) {
        if (of(before).contains(tunnel)) { // else it has gone
            file(tunnel, tunnel.bridge()); // first, for there are no fewer bridges meanwhile
            unfile(tunnel, before);
        }
    }

    private void file(PortalTunnel tunnel, BridgeIdentity bridge) {
        byBridge.merge(
                bridge,
                List.of(tunnel),
                (known, one) -> Stream.concat(known.stream(), one.stream()).toList());
    }

    private void unfile(PortalTunnel tunnel, BridgeIdentity bridge) {
        byBridge.computeIfPresent(bridge, (any, known) -> {
            List<PortalTunnel> left =
                    known.stream().filter(other -> other != tunnel).toList();
            return left.isEmpty() ? null : left;
        });
    }

    /** Whether the tunnels are of more than one bridge. */
    boolean hasSeveralBridges() {
        return byBridge.size() > 1;
    }

    /** Those of one bridge, in the order in which they came. */
    List<PortalTunnel> of(BridgeIdentity bridge) {
        return byBridge.getOrDefault(bridge, List.of());
    }

    List<PortalTunnel> all() {
        return tunnels;
    }

    /**
     * A tunnel of the bridge that the policy wants most, of those that live. Of that, the least loaded: active before
     * blocked, at either end, before draining, before suspect; then by queued bytes, then by sessions. If equal, one
     * that was heard within the interval, then one on the visitor's own loop, then the one that was heard last: "the
     * first in the list" would send everybody to a dead one (which has no sessions) until it is found out.
     *
     * @return the tunnel; null if there is none that can open a session
     */
    @Nullable
    PortalTunnel pick(@Nullable EventLoop loop, @Nullable InetSocketAddress visitor, Set<BridgeIdentity> tried) {
        PortalTunnel best = null;
        for (PortalTunnel tunnel : tunnels) {
            if (isUsable(tunnel)
                    && (tried.isEmpty() || !tried.contains(tunnel.bridge()))
                    && (best == null || isBetter(tunnel, best, loop, visitor))) {
                best = tunnel;
            }
        }
        return best;
    }

    /** As above, for somebody of whom nothing is known. */
    @Nullable
    PortalTunnel pick(@Nullable EventLoop loop) {
        return pick(loop, null, Set.of());
    }

    /** One of their users, if there is none only because they have as many sessions as they may have; else null. */
    @Nullable
    Account full() {
        for (PortalTunnel tunnel : tunnels) {
            Account full = isOpen(tunnel) ? tunnel.full() : null;
            if (full != null) {
                return full;
            }
        }
        return null;
    }

    /** Whether there are tunnels, and none of them can open a session for that reason alone. */
    boolean isFull() {
        boolean any = false;
        for (PortalTunnel tunnel : tunnels) {
            if (isOpen(tunnel)) {
                return false;
            }
            any |= isAlive(tunnel);
        }
        return any;
    }

    private static boolean isUsable(PortalTunnel tunnel) {
        return isOpen(tunnel) && tunnel.full() == null;
    }

    private static boolean isOpen(PortalTunnel tunnel) {
        return isAlive(tunnel) && tunnel.mux().canOpen();
    }

    private static boolean isAlive(PortalTunnel tunnel) {
        return tunnel.isSettled()
                && !tunnel.isReplaced()
                && tunnel.state() != TunnelState.CLOSED
                && tunnel.mux().carrier().isActive();
    }

    private boolean isBetter(
            PortalTunnel one, PortalTunnel other, @Nullable EventLoop loop, @Nullable InetSocketAddress visitor) {
        // A bridge that is blocked for a moment is still the one that is wanted.
        int order = Integer.compare(Math.max(1, rank(one)), Math.max(1, rank(other)));
        if (order == 0) {
            order = Long.compare(policy.preference(one.bridge(), visitor), policy.preference(other.bridge(), visitor));
        }
        if (order == 0) {
            order = Integer.compare(rank(one), rank(other));
        }
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
        if (tunnel.isSuspect() || tunnel.isDoubted()) {
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
