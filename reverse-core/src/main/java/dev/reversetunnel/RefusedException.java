package dev.reversetunnel;

import java.io.Serial;

/** A destination that must not be reached. */
final class RefusedException extends TunnelException {
    @Serial
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
        super(message);
    }
}
