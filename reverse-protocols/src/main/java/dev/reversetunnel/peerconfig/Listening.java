package dev.reversetunnel.peerconfig;

import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.foreign.Carriage;
import org.jspecify.annotations.Nullable;

/**
 * How another program waits for a client of ours.
 *
 * @param address where it listens; null for everywhere
 * @param port where our client expects it
 * @param credentials of our client
 * @param carriage what lies below
 * @param certificate with which it shows itself; null without TLS
 */
record Listening(
        @Nullable String address,
        int port,
        Credentials credentials,
        Carriage carriage,
        @Nullable CertificateFiles certificate) {

    /**
     * Where that program finds its certificate.
     *
     * @param chain path of a PEM file there
     * @param key path of a PEM file there
     */
    record CertificateFiles(String chain, String key) {}
}
