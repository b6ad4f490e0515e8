package dev.reversetunnel.net;

/** How bytes travel to a destination: as a stream or as single datagrams. */
public enum Network {
    /** A stream. */
    TCP,
    /** Datagrams. */
    UDP;

    /** The name as users and V2Ray documents write it: {@code tcp} or {@code udp}. */
    @Override
    public String toString() {
        return this == TCP ? "tcp" : "udp";
    }
}
