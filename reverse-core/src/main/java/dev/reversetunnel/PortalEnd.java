package dev.reversetunnel;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A portal as the other end has to know it.
 *
 * @param name of the portal, in our logs
 * @param domain the rendezvous domain; null if bridges register by {@link Command#REVERSE} only
 * @param inbounds where somebody comes in, in the order in which they were given
 */
public record PortalEnd(String name, @Nullable String domain, List<Listening> inbounds) {
    /**
     * Refuses nulls where they mean nothing.
     *
     * @param name of the portal
     * @param domain the rendezvous domain, if there is one
     * @param inbounds where somebody comes in
     */
    public PortalEnd {
        Objects.requireNonNull(name, "name");
        inbounds = List.copyOf(inbounds);
    }

    /**
     * An inbound that listens.
     *
     * @param tag its name
     * @param inbound what was started
     * @param port the port that was bound, also if any port was asked for
     */
    public record Listening(String tag, Inbound inbound, int port) {
        /**
         * Refuses nulls.
         *
         * @param tag its name
         * @param inbound what was started
         * @param port the port that was bound
         */
        public Listening {
            Objects.requireNonNull(tag, "tag");
            Objects.requireNonNull(inbound, "inbound");
        }
    }
}
