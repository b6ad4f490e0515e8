package dev.reversetunnel;

import java.time.Duration;

/**
 * Hears what happens to a node. All methods do nothing by default. They are called on event loops: they must not block,
 * and what they throw is logged and forgotten.
 */
public interface TunnelListener {
    /** Hears nothing. */
    TunnelListener NONE = new TunnelListener() {};

    /**
     * A tunnel is up: at a portal, a bridge has registered; at a bridge, the portal has answered.
     *
     * @param tunnel the tunnel as it is now
     */
    default void tunnelUp(TunnelSnapshot tunnel) {}

    /**
     * A tunnel takes no new sessions any more; those that exist go on.
     *
     * @param tunnel the tunnel as it is now
     */
    default void tunnelDraining(TunnelSnapshot tunnel) {}

    /**
     * A tunnel is gone.
     *
     * @param tunnel the tunnel as it was
     * @param reason why, for people
     */
    default void tunnelDown(TunnelSnapshot tunnel, String reason) {}

    /**
     * The other end of a tunnel does not answer, or it does again. While it does not, visitors get another tunnel if
     * there is one, and a bridge dials one at once; if it goes on so, the tunnel is ended, which is told by
     * {@link #tunnelDown}.
     *
     * @param tunnel the tunnel as it is now
     * @param suspect whether it does not answer
     */
    default void tunnelSuspect(TunnelSnapshot tunnel, boolean suspect) {}

    /**
     * A bridge could not open a tunnel. It tries again by itself.
     *
     * @param bridge the bridge's tag
     * @param cause why; the message says what to do
     * @param next how long until the next attempt
     */
    default void dialFailed(String bridge, TunnelException cause, Duration next) {}

    /**
     * A request goes to where the rules lead; whether that is reached is not known yet. Of tunnels that register
     * nothing is said here, and of datagrams once for each way that they go.
     *
     * @param request what was asked for
     * @param outbound the tag of the outbound or portal
     */
    default void requestRouted(Request request, String outbound) {}

    /**
     * A request was refused by a rule, a grant or a limit.
     *
     * @param request what was asked for
     * @param reason why, for people
     */
    default void requestRefused(Request request, String reason) {}

    /**
     * A request was allowed, and came to nothing.
     *
     * @param request what was asked for
     * @param cause why
     */
    default void requestFailed(Request request, Throwable cause) {}

    /**
     * A user's credential was revoked: what he had is ended, and he is not let in any more.
     *
     * @param user as he is now; what he had may take a moment to end
     */
    default void userRevoked(UserSnapshot user) {}

    /**
     * A user's credential is good again.
     *
     * @param user as he is now
     */
    default void userRestored(UserSnapshot user) {}

    /**
     * A user is faster than his grant allows: he is slowed down, or his datagrams are dropped. Told once a second at
     * most for each user.
     *
     * @param user as he is now
     */
    default void userThrottled(UserSnapshot user) {}

    /**
     * Somebody met a limit. Told once a second at most for each limit; {@link NodeSnapshot#limits()} counts all.
     *
     * @param limit which
     * @param detail whose, and what became of it, for people
     */
    default void limitReached(Limit limit, String detail) {}

    /**
     * The node's memory for what waits is full: nobody new is let in, and each may hold less. Or there is room again.
     *
     * @param full whether it is
     */
    default void memoryFull(boolean full) {}

    /**
     * A reader that stopped has stopped the reading of a whole tunnel, or it goes on again.
     *
     * @param tunnel the tunnel as it is now
     * @param blocked whether nothing is read
     */
    default void tunnelBlocked(TunnelSnapshot tunnel, boolean blocked) {}

    /**
     * The other end of a tunnel broke the protocol, or one of its sessions had to be ended.
     *
     * @param tunnel the tunnel as it is now
     * @param cause what was wrong
     */
    default void protocolError(TunnelSnapshot tunnel, Throwable cause) {}
}
