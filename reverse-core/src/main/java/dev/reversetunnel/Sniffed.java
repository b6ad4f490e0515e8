package dev.reversetunnel;

import java.util.Objects;

/**
 * What the first bytes of a visitor told about what he is going to say.
 *
 * @param protocol in the words of V2Ray's documents: {@code http} or {@code tls}
 * @param name the host that he names, by HTTP's Host or TLS' SNI, in lower case; empty if he names none
 */
public record Sniffed(String protocol, String name) {
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
