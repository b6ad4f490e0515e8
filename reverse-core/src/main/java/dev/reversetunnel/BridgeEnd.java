package dev.reversetunnel;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bridge as the other end has to know it.
 *
 * @param name of the bridge, in our logs
 * @param portals whom it dials, in the order in which they were given
 */
public record BridgeEnd(String name, List<Dialled> portals) {
    /**
     * Refuses nulls.
     *
     * @param name of the bridge
     * @param portals whom it dials
     */
    public BridgeEnd {
        Objects.requireNonNull(name, "name");
        portals = List.copyOf(portals);
    }

    /**
     * A portal that is dialled.
     *
     * @param tag the bridge's for this portal: its name, with a number behind for the second and following ones
     * @param domain the rendezvous domain; null if tunnels are registered by {@link Command#REVERSE}
     * @param outbound how it is reached
     */
    public record Dialled(String tag, @Nullable String domain, Outbound outbound) {
        /**
         * Refuses nulls where they mean nothing.
         *
         * @param tag the bridge's for this portal
         * @param domain the rendezvous domain, if there is one
         * @param outbound how it is reached
         */
        public Dialled {
            Objects.requireNonNull(tag, "tag");
            Objects.requireNonNull(outbound, "outbound");
        }
    }
}
