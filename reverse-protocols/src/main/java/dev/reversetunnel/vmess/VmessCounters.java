package dev.reversetunnel.vmess;

import java.util.Map;

/**
 * What happened at a server's door since it was made, over all of its listeners.
 *
 * @param accepted connections whose opening was accepted
 * @param refused connections that were refused or broken off, by reason; a reason that never came up is missing
 * @param evicted connections that had to go, without having authenticated, because there were too many
 */
public record VmessCounters(long accepted, Map<VmessException.Reason, Long> refused, long evicted) {
    /**
     * Copies.
     *
     * @param accepted connections whose opening was accepted
     * @param refused connections that were refused, by reason
     * @param evicted connections that had to go
     */
    public VmessCounters {
        refused = Map.copyOf(refused);
    }

    /**
     * How often a reason came up.
     *
     * @param reason why connections were refused
     * @return 0 or more
     */
    public long refused(VmessException.Reason reason) {
        return refused.getOrDefault(reason, 0L);
    }
}
