package dev.reversetunnel.foreign;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.TcpTransport;
import dev.reversetunnel.Transport;
import dev.reversetunnel.agreement.LayerAgreement;
import dev.reversetunnel.agreement.ProxyAgreement;
import org.jspecify.annotations.Nullable;

/**
 * What lies between a protocol and TCP, in the only order that other programs know: WebSocket over TLS.
 *
 * @param webSocket null for none
 * @param tls null for none; of our side
 */
public record Carriage(
        LayerAgreement.@Nullable WebSocket webSocket,
        @Nullable LayerAgreement tls) {
    /**
     * Takes a transport apart.
     *
     * @param transport what carries the protocol
     * @param whose for messages
     * @param program the one that is to meet it
     * @return its layers
     * @throws IllegalArgumentException if they are others, or in another order
     */
    public static Carriage of(Transport transport, String whose, String program) {
        Transport next = transport;
        Agreement told = told(next);
        LayerAgreement.WebSocket webSocket = null;
        LayerAgreement tls = null;
        if (told instanceof LayerAgreement.WebSocket found) {
            webSocket = found;
            next = found.below();
            told = told(next);
        }
        if (told instanceof LayerAgreement found && !(found instanceof LayerAgreement.WebSocket)) {
            tls = found;
            next = found.below();
            told = told(next);
        }
        if (!(next instanceof TcpTransport) && !(told instanceof ProxyAgreement)) {
            throw new IllegalArgumentException(whose + ": " + program + " cannot meet its transport " + transport
                    + " (expected: TCP, TLS over it, or WebSocket over either)");
        }
        return new Carriage(webSocket, tls);
    }

    private static @Nullable Agreement told(Transport transport) {
        return transport.agreement().orElse(null);
    }

    /**
     * Whether others on the way can read nothing.
     *
     * @return true with TLS
     */
    public boolean isEncrypted() {
        return tls != null;
    }
}
