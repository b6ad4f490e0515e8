package dev.reversetunnel.mux;

import org.jspecify.annotations.Nullable;

/** Why a session ended with an error, as an end of our own make tells it. See {@code MUX-EXTENSION.md}, REASON. */
public enum EndReason {
    /** A rule, a grant or a limit forbids it. */
    REFUSED(1),
    /** What was asked for could not be reached. */
    DIAL_FAILED(2),
    /** Nothing happened for too long. */
    TIMED_OUT(3),
    /** The end that served it is shutting down. */
    SHUTTING_DOWN(4),
    /** Its reader was so slow that there was no memory left to wait for it. */
    TOO_SLOW(5),
    /** Something went wrong that is nobody's fault but the program's. */
    INTERNAL(6);

    private final int code;

    EndReason(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** Null for a code of a later edition, which is no error. */
    static @Nullable EndReason of(int code) {
        for (EndReason reason : values()) {
            if (reason.code == code) {
                return reason;
            }
        }
        return null;
    }
}
