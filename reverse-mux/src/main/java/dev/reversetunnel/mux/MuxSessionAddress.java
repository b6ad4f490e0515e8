package dev.reversetunnel.mux;

import java.io.Serial;
import java.net.SocketAddress;

/** A session has no address of its own; this shows its id in logs. */
final class MuxSessionAddress extends SocketAddress {
    @Serial
    private static final long serialVersionUID = 1L;

    /** The session's id. */
    private final int id;

    MuxSessionAddress(int id) {
        this.id = id;
    }

    @Override
    public String toString() {
        return "session " + id;
    }
}
