package dev.reversetunnel.carrier;

import java.util.Map;

/**
 * What happened at a server's door since it was made, over all of its listeners.
 *
 * @param accepted connections whose opening was accepted
 * @param refused connections that were refused or broken off, by reason; a reason that never came up is missing
 * @param evicted connections that had to go, without having authenticated, because there were too many
 */
public record CarrierCounters(long accepted, Map<CarrierException.Reason, Long> refused, long evicted) {
    /**
     * Copies.
     *
     * @param accepted connections whose opening was accepted
     * @param refused connections that were refused, by reason
     * @param evicted connections that had to go
     */
    public CarrierCounters {
        refused = Map.copyOf(refused);
    }

    /**
     * How often a reason came up.
     *
     * @param reason why connections were refused
     * @return 0 or more
     */
    public long refused(CarrierException.Reason reason) {
        return refused.getOrDefault(reason, 0L);
    }
}
