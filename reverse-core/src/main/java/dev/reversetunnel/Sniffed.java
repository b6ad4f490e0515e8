package dev.reversetunnel;

import java.util.Objects;

/**
 * What the first bytes of a visitor told about what he is going to say.
 *
 * @param protocol in the words of V2Ray's documents: {@code http}, {@code tls} or {@code bittorrent}
 * @param name the host that he names, by HTTP's Host or TLS' SNI, in lower case; empty if he names none
 */
public record Sniffed(String protocol, String name) {
    /** HTTP/1, and HTTP/2 without TLS, whose name is not known. */
    public static final String HTTP = "http";

    /** TLS, whatever is inside. */
    public static final String TLS = "tls";

    /** BitTorrent, which names no host. */
    public static final String BITTORRENT = "bittorrent";

    /**
     * Refuses nulls.
     *
     * @param protocol what he speaks
     * @param name the host that he names, or empty
     */
    public Sniffed {
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(name, "name");
    }
}
