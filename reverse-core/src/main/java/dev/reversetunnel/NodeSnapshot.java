package dev.reversetunnel;

import java.util.List;

/**
 * A node at one moment.
 *
 * @param tunnels all tunnels of its portals and bridges
 * @param waitingForBridge visitors who are held until a bridge connects
 * @param refused requests that were refused since the start
 * @param failed requests that came to nothing since the start
 */
public record NodeSnapshot(List<TunnelSnapshot> tunnels, int waitingForBridge, long refused, long failed) {
    /**
     * Copies the list.
     *
     * @param tunnels all tunnels
     * @param waitingForBridge visitors who are held
     * @param refused requests that were refused
     * @param failed requests that came to nothing
     */
    public NodeSnapshot {
        tunnels = List.copyOf(tunnels);
    }
}
