package dev.reversetunnel.mux;

/** Hears what happens on a {@link MuxConnection}. Called on the carrier's event loop; must not block. */
public interface MuxListener {
    /**
     * The other side wants a session.
     *
     * <p>The session is not registered yet. To accept it, install handlers in its pipeline, if any, and return true; it
     * is then registered, not reading ({@code autoRead} is off), and {@link #sessionOpened} follows. What is refused is
     * answered with End and Error at once.
     *
     * @param session what was asked for; not open yet
     * @return whether it is accepted
     */
    default boolean acceptSession(MuxSession session) {
        return false;
    }

    /**
     * A session of the other side's opening is open. It belongs to the listener from now on.
     *
     * @param session not reading yet
     */
    default void sessionOpened(MuxSession session) {}

    /**
     * A session is over and its id is no longer open.
     *
     * @param session the session; perhaps it still delivers what it has queued
     */
    default void sessionEnded(MuxSession session) {}

    /**
     * Something was heard of the other side: it lives. Called once per read burst.
     *
     * @param connection the connection
     */
    default void heard(MuxConnection connection) {}

    /**
     * The other side has said that it is of our own make, see {@link MuxConnection#peer}. Called once. Sessions that
     * are opened from now on are extended ones.
     *
     * @param connection the connection
     */
    default void greeted(MuxConnection connection) {}

    /**
     * The other side has answered {@link MuxConnection#ping}.
     *
     * @param connection the connection
     * @param roundTripNanos how long it took
     */
    default void pong(MuxConnection connection, long roundTripNanos) {}

    /**
     * The other side, of our own make, wants no new sessions on this connection; those that exist go on.
     *
     * @param connection the connection
     */
    default void drainAsked(MuxConnection connection) {}

    /**
     * A slow reader has stopped the connection's reading, or it goes on again; see {@link MuxConnection#isBlocked}.
     *
     * @param connection the connection
     */
    default void blockedChanged(MuxConnection connection) {}

    /**
     * The other side opens sessions faster than {@link MuxOptions#newPerSecond}: nothing is read until the second is
     * over. Called once for each such second.
     *
     * @param connection the connection
     */
    default void openingsDelayed(MuxConnection connection) {}

    /**
     * The other side has opened a session of datagrams when there was no room for another session: that one which was
     * idle for longest was closed for it. Streams are refused then, see {@link MuxException.Reason#SESSION_REFUSED}.
     *
     * @param session the one that had to go
     */
    default void associationEvicted(MuxSession session) {}

    /**
     * A datagram was dropped, of either direction: too large for the other side, too late for its reader, or for a
     * target that the other side cannot be told.
     *
     * @param connection the connection
     */
    default void datagramDropped(MuxConnection connection) {}

    /**
     * The other side broke a rule. With {@link MuxException.Scope#TUNNEL} the carrier is closed after this call.
     *
     * @param connection the connection
     * @param cause what it did
     */
    default void protocolError(MuxConnection connection, MuxException cause) {}

    /**
     * The carrier failed: its connection was reset, or its protocol was broken. It is closed after this call.
     *
     * @param connection the connection
     * @param cause what the carrier says
     */
    default void carrierFailed(MuxConnection connection, Throwable cause) {}

    /**
     * The carrier is gone, and with it all sessions.
     *
     * @param connection the connection
     */
    default void connectionClosed(MuxConnection connection) {}
}
