package dev.reversetunnel;

import java.io.Serial;

/** Somebody asked for what he may not have: a rule, a grant or a limit forbids it, and no retry changes that. */
public final class RefusedException extends TunnelException {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * Something is forbidden.
     *
     * @param message what, and by what
     */
    public RefusedException(String message) {
        super(message);
    }
}
