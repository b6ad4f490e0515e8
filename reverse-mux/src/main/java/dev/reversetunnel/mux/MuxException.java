package dev.reversetunnel.mux;

import java.io.Serial;

/** The peer broke Mux.cool. {@link Reason#scope()} says what is lost: one session, or the tunnel. */
public final class MuxException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    private final Reason reason;

    /**
     * A broken rule.
     *
     * @param reason which one
     * @param message field, value, expectation
     */
    public MuxException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /**
     * Which rule was broken.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /** What is lost with an error. */
    public enum Scope {
        /** The session alone; the tunnel goes on. */
        SESSION,
        /** The tunnel with all its sessions. */
        TUNNEL
    }

    /** The rules that can be broken. */
    public enum Reason {
        /** Metadata of less than 4 bytes, or shorter than its status demands. */
        METADATA_TOO_SHORT(Scope.TUNNEL),
        /** Metadata of more than 512 bytes. */
        METADATA_TOO_LONG(Scope.TUNNEL),
        /** The stream ended inside a frame. */
        TRUNCATED_STREAM(Scope.TUNNEL),
        /** A status other than New, Keep, End and KeepAlive. */
        UNKNOWN_STATUS(Scope.TUNNEL),
        /** A network other than TCP and UDP. */
        UNKNOWN_NETWORK(Scope.TUNNEL),
        /** An address type other than IPv4, domain and IPv6. */
        UNKNOWN_ADDRESS_TYPE(Scope.TUNNEL),
        /** A domain name that is empty or has characters that no domain name has. */
        INVALID_DOMAIN(Scope.TUNNEL),
        /** Metadata that ends inside the target's address. */
        ADDRESS_TRUNCATED(Scope.TUNNEL),
        /** As {@link #UNKNOWN_NETWORK}, in the visitor's address. */
        SOURCE_UNKNOWN_NETWORK(Scope.TUNNEL),
        /** As {@link #UNKNOWN_ADDRESS_TYPE}, in the visitor's address. */
        SOURCE_UNKNOWN_ADDRESS_TYPE(Scope.TUNNEL),
        /** As {@link #INVALID_DOMAIN}, in the visitor's address. */
        SOURCE_INVALID_DOMAIN(Scope.TUNNEL),
        /** As {@link #ADDRESS_TRUNCATED}, in the visitor's address. */
        SOURCE_ADDRESS_TRUNCATED(Scope.TUNNEL),
        /** As {@link #UNKNOWN_NETWORK}, in the address that the visitor reached. */
        LOCAL_UNKNOWN_NETWORK(Scope.TUNNEL),
        /** As {@link #UNKNOWN_ADDRESS_TYPE}, in the address that the visitor reached. */
        LOCAL_UNKNOWN_ADDRESS_TYPE(Scope.TUNNEL),
        /** As {@link #INVALID_DOMAIN}, in the address that the visitor reached. */
        LOCAL_INVALID_DOMAIN(Scope.TUNNEL),
        /** As {@link #ADDRESS_TRUNCATED}, in the address that the visitor reached. */
        LOCAL_ADDRESS_TRUNCATED(Scope.TUNNEL),
        /** Frames or answers without end that bring nothing forward. */
        FLOOD(Scope.TUNNEL),
        /** A second HELLO. */
        SECOND_HELLO(Scope.TUNNEL),
        /** More payload than was granted. */
        CREDIT_EXCEEDED(Scope.SESSION),
        /** New for an id that is open already. */
        SESSION_EXISTS(Scope.SESSION),
        /** New from a side that may not open sessions, or too many of them. */
        SESSION_REFUSED(Scope.SESSION),
        /** A reader that stopped for longer than the grace period. */
        TOO_SLOW(Scope.SESSION);

        private final Scope scope;

        Reason(Scope scope) {
            this.scope = scope;
        }

        /**
         * What is lost.
         *
         * @return session or tunnel
         */
        public Scope scope() {
            return scope;
        }
    }
}
