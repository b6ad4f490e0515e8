package dev.reversetunnel;

import java.util.List;

/**
 * A node at one moment.
 *
 * @param tunnels all tunnels of its portals and bridges
 * @param bridges its bridges, one for each portal that is dialled
 * @param users all users who have come in, or were revoked
 * @param waitingForBridge visitors who are held until a bridge connects
 * @param refused requests that were refused since the start
 * @param failed requests that came to nothing since the start
 * @param datagramAssociations visitors who send datagrams: sources at UDP ports, UDP sessions of tunnels
 * @param datagramFlows ways out that are open for their datagrams
 * @param droppedDatagrams datagrams that were thrown away since the start: late, too large, or for a target that was
 *     refused
 */
public record NodeSnapshot(
        List<TunnelSnapshot> tunnels,
        List<BridgeSnapshot> bridges,
        List<UserSnapshot> users,
        int waitingForBridge,
        long refused,
        long failed,
        int datagramAssociations,
        int datagramFlows,
        long droppedDatagrams) {
    /**
     * Copies the lists.
     *
     * @param tunnels all tunnels
     * @param bridges its bridges
     * @param users all users who have come in
     * @param waitingForBridge visitors who are held
     * @param refused requests that were refused
     * @param failed requests that came to nothing
     * @param datagramAssociations visitors who send datagrams
     * @param datagramFlows ways out that are open
     * @param droppedDatagrams datagrams that were thrown away
     */
    public NodeSnapshot {
        tunnels = List.copyOf(tunnels);
        bridges = List.copyOf(bridges);
        users = List.copyOf(users);
    }
}
