package dev.reversetunnel;

/** Life of a tunnel. DIALING ▶ ACTIVE ▶ DRAINING ▶ CLOSED; any ▶ CLOSED when it is lost. */
public enum TunnelState {
    /** A bridge has dialled, and the portal has not answered yet. A portal's tunnels are never in this state. */
    DIALING,
    /** Takes new sessions. */
    ACTIVE,
    /** Takes new sessions only while there is no other tunnel; those that exist go on. */
    DRAINING,
    /** Gone. */
    CLOSED;

    TunnelState on(Event event) {
        return switch (event) {
            case REGISTERED -> this == DIALING ? ACTIVE : this;
            case DRAIN -> this == CLOSED ? CLOSED : DRAINING;
            case LOST -> CLOSED;
        };
    }

    enum Event {
        REGISTERED,
        DRAIN,
        LOST
    }
}
