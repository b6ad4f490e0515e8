package dev.reversetunnel.peerconfig;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a program is to know our TLS server. There is no way to do without.
 *
 * @param serverName which name the certificate must have
 * @param issuers PEM, line by line, of those who are trusted instead of the system's; empty for the system's
 * @param pin the certificate that alone is taken, whoever issued it
 */
record Verification(
        String serverName, List<String> issuers, @Nullable Pinned pin) {
    /**
     * One certificate.
     *
     * @param lines of its PEM
     * @param sha256 of the whole, in hex
     * @param keySha256 of its public key, in base64
     */
    record Pinned(List<String> lines, String sha256, String keySha256) {}
}
