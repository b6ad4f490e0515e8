package dev.reversetunnel.config;

import dev.reversetunnel.Transport;
import dev.reversetunnel.agreement.LayerAgreement;
import org.jspecify.annotations.Nullable;

/**
 * What lies between a protocol and TCP, in the only order that other programs know: WebSocket over TLS.
 *
 * @param webSocket null for none
 * @param tls null for none; of our side
 */
record Carriage(
        LayerAgreement.@Nullable WebSocket webSocket,
        @Nullable LayerAgreement tls) {
    /**
     * Takes a transport apart.
     *
     * @param whose for messages
     * @param program the one that is to meet it
     */
    static Carriage of(Transport transport, String whose, String program) {
        Transport next = transport;
        LayerAgreement.WebSocket webSocket = null;
        LayerAgreement tls = null;
        if (next.agreement().orElse(null) instanceof LayerAgreement.WebSocket found) {
            webSocket = found;
            next = found.below();
        }
        if (next.agreement().orElse(null) instanceof LayerAgreement found
                && !(found instanceof LayerAgreement.WebSocket)) {
            tls = found;
            next = found.below();
        }
        if (next != Transport.tcp()) {
            throw new IllegalArgumentException(whose + ": " + program + " cannot meet its transport " + transport
                    + " (expected: TCP, TLS over it, or WebSocket over either)");
        }
        return new Carriage(webSocket, tls);
    }

    boolean isEncrypted() {
        return tls != null;
    }
}
