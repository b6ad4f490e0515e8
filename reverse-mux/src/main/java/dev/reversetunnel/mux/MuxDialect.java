package dev.reversetunnel.mux;

/**
 * What stands behind the target of a New frame. Two uses share that place and look alike, so the carrier decides.
 *
 * <p>Source: Xray-core {@code common/mux/frame.go}.
 */
public enum MuxDialect {
    /** An XUDP GlobalID, in a New with data for UDP. All carriers but the VLESS reverse command. */
    COOL,
    /** The visitor's source and local address. After the VLESS reverse command (4), Xray 25.10.15 and later. */
    VLESS_REVERSE
}
