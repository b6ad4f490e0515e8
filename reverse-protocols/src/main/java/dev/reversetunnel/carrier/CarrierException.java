package dev.reversetunnel.carrier;

import java.io.Serial;

/**
 * The peer broke the carrier's protocol, or is not who he should be. Ends the connection. Holds no keys, ids or
 * payload.
 */
public final class CarrierException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** The reason, for counters. */
    private final Reason reason;

    /**
     * Something is wrong with a peer.
     *
     * @param reason for counters
     * @param message for the owner's log: what came, and what was expected
     */
    public CarrierException(Reason reason, String message) {
        // Strangers cause these, and the message says it all: no stack is walked for them.
        super(message, null, false, false);
        this.reason = reason;
    }

    /**
     * What is wrong.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /** What can be wrong. */
    public enum Reason {
        /** The connection ended, or its time was up, before the opening was complete. */
        INCOMPLETE(false),
        /** Nobody's id fits. */
        UNKNOWN_USER(false),
        /** A user's clock differs from ours by more than the protocol allows. */
        CLOCK(false),
        /** A header that cannot be read, or whose sealed part cannot be opened. */
        HEADER(false),
        /** An opening that was used before. */
        REPLAY(false),
        /** No more openings can be remembered, so none is accepted. */
        REPLAY_SET_FULL(false),
        /** A version of the protocol that we do not speak. */
        VERSION(true),
        /** The header's checksum does not fit. */
        CHECKSUM(true),
        /** A command that the protocol does not have, or that is not for this user. */
        COMMAND(true),
        /** A way to protect the bytes that we do not know. */
        SECURITY(true),
        /** Options that contradict each other, or that we do not have. */
        OPTION(true),
        /** An address that is none. */
        ADDRESS(true),
        /** Keys that were used before. */
        SESSION_REPLAY(true),
        /** No encryption over a network, which the server does not allow. */
        INSECURE(true),
        // from here on: behind the request
        /** The server's answer is not for our request. */
        RESPONSE(true),
        /** A chunk that is too short or was not sealed with the right key in the right order. */
        CHUNK(true),
        /** The connection ended inside a chunk. */
        TRUNCATED(true);

        private final boolean authenticated;

        Reason(boolean authenticated) {
            this.authenticated = authenticated;
        }

        /**
         * Where it was found.
         *
         * @return true if in the opening of a connection, and not in its body
         */
        public boolean isOfOpening() {
            return compareTo(RESPONSE) < 0;
        }

        /**
         * Who did it.
         *
         * @return true if the peer has shown before that he knows a user's key
         */
        public boolean isAuthenticated() {
            return authenticated;
        }
    }
}
