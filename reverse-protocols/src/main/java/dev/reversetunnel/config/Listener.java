package dev.reversetunnel.config;

import dev.reversetunnel.Transport;
import dev.reversetunnel.carrier.ProtocolServer;
import org.jspecify.annotations.Nullable;

/**
 * One port at which a document lets somebody in.
 *
 * @param port its number
 * @param address where it is bound; null for everywhere
 * @param transport below the protocol
 */
record Listener(int port, @Nullable String address, Transport transport) {
    /** Puts a server at it. */
    <S extends ProtocolServer<S>> S bind(S server) {
        S bound = address == null ? server : server.address(address);
        return transport == Transport.tcp() ? bound : bound.transport(transport);
    }
}
