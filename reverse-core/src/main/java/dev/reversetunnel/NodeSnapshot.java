package dev.reversetunnel;

import java.util.List;

/**
 * A node at one moment.
 *
 * @param tunnels all tunnels of its portals and bridges
 * @param waitingForBridge visitors who are held until a bridge connects
 * @param refused requests that were refused since the start
 * @param failed requests that came to nothing since the start
 * @param datagramAssociations visitors who send datagrams: sources at UDP ports, UDP sessions of tunnels
 * @param droppedDatagrams datagrams that were thrown away since the start: late, too large, or for a target that was
 *     refused
 */
public record NodeSnapshot(
        List<TunnelSnapshot> tunnels,
        int waitingForBridge,
        long refused,
        long failed,
        int datagramAssociations,
        long droppedDatagrams) {
    /**
     * Copies the list.
     *
     * @param tunnels all tunnels
     * @param waitingForBridge visitors who are held
     * @param refused requests that were refused
     * @param failed requests that came to nothing
     * @param datagramAssociations visitors who send datagrams
     * @param droppedDatagrams datagrams that were thrown away
     */
    public NodeSnapshot {
        tunnels = List.copyOf(tunnels);
    }
}
