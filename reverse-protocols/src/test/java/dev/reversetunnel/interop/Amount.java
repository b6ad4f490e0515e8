package dev.reversetunnel.interop;

/**
 * How much the interoperability tests do: little in the everyday build, as much as wanted with {@code -Dinterop.bytes}
 * and {@code -Dinterop.kills}.
 */
final class Amount {
    private Amount() {}

    /** Bytes of one transfer in one direction. Default: 256 MiB. */
    static long bytes() {
        return Long.getLong("interop.bytes", 256L << 20);
    }

    /** How often each of our own ends is killed under load. Default: 10. */
    static int loadedKills() {
        return Integer.getInteger("interop.loadedKills", 10);
    }

    /** How often each side is killed, of each pair of ends. */
    static int kills(int unlessSet) {
        return Integer.getInteger("interop.kills", unlessSet);
    }
}
