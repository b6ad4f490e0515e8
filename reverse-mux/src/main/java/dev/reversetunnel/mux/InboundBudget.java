package dev.reversetunnel.mux;

/**
 * Who answers for the memory of what a session has not read yet. Called on the carrier's event loop.
 *
 * <p>Three answer: {@link SlowReaders} for streams of a peer without credit, its datagram side for what may be dropped,
 * and {@link CreditedReaders} for streams whose sender never exceeds what was granted.
 */
interface InboundBudget {
    /** Bytes went to their reader without waiting. */
    default void passed(MuxSession session, int bytes) {}

    /** Whether bytes may wait; if not, they are dropped. */
    default boolean takes(MuxSession session, int bytes) {
        return true;
    }

    /** Bytes wait now. */
    void queued(MuxSession session, int bytes);

    /** Bytes that waited were taken by their reader. */
    void taken(MuxSession session, int bytes);

    /** Bytes that waited were thrown away with their session. */
    default void discarded(MuxSession session, int bytes) {
        taken(session, bytes);
    }

    /** The session is closed, and nothing of it waits any more. */
    default void closed(MuxSession session) {}
}
