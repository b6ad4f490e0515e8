package dev.reversetunnel.config;

/** Whose form a document has. */
public enum Format {
    /** V2Ray 4, which V2Ray 5 reads as well. */
    V2RAY,

    /** Xray up to 26.4.17, the last one that takes {@code reverse} with bridges and portals. */
    XRAY,

    /** Xray 26.5.3 and newer: reverse tunnels by VLESS' own command. */
    XRAY_REVERSE
}
