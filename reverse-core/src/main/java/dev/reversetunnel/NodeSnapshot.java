package dev.reversetunnel;

import java.util.List;
import java.util.Map;

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
 * @param memoryUsed bytes that wait in the node for somebody to read them, or were promised room
 * @param memoryLimit how many that may be
 * @param limits how often each limit was met since the start; one that never was is missing
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
        long droppedDatagrams,
        long memoryUsed,
        long memoryLimit,
        Map<Limit, Long> limits) {
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
     * @param memoryUsed bytes that wait
     * @param memoryLimit how many that may be
     * @param limits how often each was met
     */
    public NodeSnapshot {
        tunnels = List.copyOf(tunnels);
        bridges = List.copyOf(bridges);
        users = List.copyOf(users);
        limits = Map.copyOf(limits);
    }

    /**
     * How often a limit was met.
     *
     * @param limit which
     * @return times since the start
     */
    public long reached(Limit limit) {
        return limits.getOrDefault(limit, 0L);
    }
}
