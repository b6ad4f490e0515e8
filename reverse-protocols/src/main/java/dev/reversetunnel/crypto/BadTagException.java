package dev.reversetunnel.crypto;

import java.io.Serial;

/** A text that was not sealed under this key, nonce and additional data. Has no stack: strangers cause it. */
public final class BadTagException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    BadTagException() {
        super("the tag does not fit", null, false, false);
    }
}
