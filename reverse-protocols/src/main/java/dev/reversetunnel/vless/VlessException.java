package dev.reversetunnel.vless;

import java.io.Serial;

/** The peer broke VLESS, or is not who he should be. Ends the connection. Holds no ids or payload. */
public final class VlessException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** The reason, for counters. */
    private final Reason reason;

    VlessException(Reason reason, String message) {
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
        /** A version other than 0. */
        VERSION(false),
        /** Nobody's id fits. */
        UNKNOWN_USER(false),
        /** Addons that are no protobuf message. */
        ADDONS(true),
        /** A flow, such as {@code xtls-rprx-vision}: we have none. */
        FLOW(true),
        /** A command other than TCP, UDP, Mux and Reverse. */
        COMMAND(true),
        /** An address that is none. */
        ADDRESS(true),
        /** A command that is not for this user: Reverse, or anything but Reverse. */
        FORBIDDEN(true),
        /** The server's answer is none of VLESS. */
        RESPONSE(true);

        private final boolean authenticated;

        Reason(boolean authenticated) {
            this.authenticated = authenticated;
        }

        /** Whether the peer has shown before that he knows a user's id. */
        boolean isAuthenticated() {
            return authenticated;
        }
    }
}
