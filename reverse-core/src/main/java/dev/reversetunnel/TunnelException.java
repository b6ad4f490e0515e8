package dev.reversetunnel;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A tunnel, or something on its way, that did not come about. The message says what to do. */
public class TunnelException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * Nobody's fault, or one that was found here.
     *
     * @param message what happened, and what to do
     */
    public TunnelException(String message) {
        super(message);
    }

    /**
     * The consequence of something.
     *
     * @param message what happened, and what to do
     * @param cause the reason; null if there is none to show
     */
    public TunnelException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
