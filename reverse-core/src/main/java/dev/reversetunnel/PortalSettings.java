package dev.reversetunnel;

import dev.reversetunnel.mux.MuxOptions;
import java.time.Duration;

/**
 * How a portal treats its bridges and visitors.
 *
 * @param mux of its tunnels
 * @param times by which silent tunnels are found
 * @param patience how long a visitor waits for a bridge
 * @param maxWaiting how many visitors wait for one at most
 * @param tunnelsPerBridge how many tunnels each bridge of ours should keep; 0 for no wish
 * @param policy which bridge a visitor gets
 * @param spares how many idle tunnels it asks for of a bridge that is not ours
 */
record PortalSettings(
        MuxOptions mux,
        LivenessTimes times,
        Duration patience,
        int maxWaiting,
        int tunnelsPerBridge,
        BridgePolicy policy,
        int spares) {
    static final PortalSettings DEFAULT = new PortalSettings(
            MuxOptions.DEFAULT,
            LivenessTimes.DEFAULT,
            NodeTimes.DEFAULT.bridge(),
            NodeLimits.DEFAULT.waitingVisitors(),
            0,
            BridgePolicy.leastLoaded(),
            0);

    PortalSettings spares(int count) {
        return new PortalSettings(mux, times, patience, maxWaiting, tunnelsPerBridge, policy, count);
    }
}
