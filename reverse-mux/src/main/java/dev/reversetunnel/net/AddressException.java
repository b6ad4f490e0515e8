package dev.reversetunnel.net;

import java.io.Serial;

/** An address on the wire that cannot be read: the peer's fault. */
public final class AddressException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    private final Reason reason;

    AddressException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /**
     * What is wrong with it.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /** What can be wrong with an address. */
    public enum Reason {
        /** The bytes end before the address does. */
        TRUNCATED,
        /** The type is none of IPv4, domain, IPv6. */
        UNKNOWN_TYPE,
        /** The domain name is empty or has characters that no domain name has. */
        INVALID_DOMAIN
    }
}
