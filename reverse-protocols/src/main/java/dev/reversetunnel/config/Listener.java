package dev.reversetunnel.config;

import dev.reversetunnel.Sniffing;
import dev.reversetunnel.Transport;
import dev.reversetunnel.carrier.ProtocolServer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One port at which a document lets somebody in.
 *
 * @param port its number
 * @param address where it is bound; null for everywhere
 * @param transport below the protocol
 * @param sniffing whether visitors are looked at
 * @param handshake how long an opening may take; null for our own
 */
record Listener(
        int port,
        @Nullable String address,
        Transport transport,
        Sniffing sniffing,
        @Nullable Duration handshake) {
    /** Puts a server at it. */
    <S extends ProtocolServer<S>> S bind(S server) {
        S bound = server.sniff(sniffing);
        if (address != null) {
            bound = bound.address(address);
        }
        if (handshake != null) {
            bound = bound.handshakeTimeout(handshake);
        }
        return transport == Transport.tcp() ? bound : bound.transport(transport);
    }
}
