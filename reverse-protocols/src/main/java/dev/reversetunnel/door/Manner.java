package dev.reversetunnel.door;

/** What a stranger sees, whatever he did wrong: always the same. */
public enum Manner {
    /**
     * Not a byte; what he sends is thrown away, and FIN comes when the time for the handshake is up. There is no number
     * of bytes after which it ends: servers that have one are recognised by it. VMess and Shadowsocks of 2017.
     */
    SILENCE,

    /** RST at once, unless he went without having sent a byte. Shadowsocks of 2022, by its specification. */
    RESET,

    /** Closed at once, as any server behind TLS would do. */
    CLOSE
}
