package dev.reversetunnel;

/**
 * A user of an inbound at one moment. There is one for each who has come in since the node was started, or was revoked.
 *
 * @param inbound the tag of the inbound that knows him
 * @param user his name there
 * @param revoked whether he is not let in any more
 * @param tunnels how many tunnels he has registered that are up
 * @param sessions how many connections and sources of datagrams he has open as a client, and visitors through his
 *     tunnels
 * @param refused requests of his that were refused since the start: by a rule, by his grant, or because of a limit
 * @param throttled how often one of his streams had to wait because he was too fast
 * @param droppedDatagrams datagrams of his that were dropped because he was too fast
 */
public record UserSnapshot(
        String inbound,
        String user,
        boolean revoked,
        int tunnels,
        int sessions,
        long refused,
        long throttled,
        long droppedDatagrams) {}
