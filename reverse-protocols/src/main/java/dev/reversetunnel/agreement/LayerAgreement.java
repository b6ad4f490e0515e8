package dev.reversetunnel.agreement;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Transport;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the two ends of a transport must know that is laid over another one. */
public sealed interface LayerAgreement extends Agreement {
    /**
     * What carries this layer.
     *
     * @return the transport below
     */
    Transport below();

    /**
     * TLS, of the side that listens.
     *
     * @param chain the server's certificate first, then its issuers'; empty if only a context knows them
     * @param asksForCertificate whether clients have to show one
     * @param alpn the protocols that may be chosen; none for any
     * @param below what carries it
     */
    record TlsServer(List<X509Certificate> chain, boolean asksForCertificate, List<String> alpn, Transport below)
            implements LayerAgreement {
        /**
         * Copies the lists.
         *
         * @param chain the server's certificate first
         * @param asksForCertificate whether clients have to show one
         * @param alpn the protocols that may be chosen
         * @param below what carries it
         */
        public TlsServer {
            chain = List.copyOf(chain);
            alpn = List.copyOf(alpn);
        }
    }

    /**
     * TLS, of the side that dials. Whom it trusts is its own affair, and so is whom it shows a certificate.
     *
     * @param serverName the name that is asked for; null for the host that is dialled
     * @param isPlain whether it trusts whom the JDK trusts, and shows no certificate
     * @param alpn the protocols that are offered; none for none
     * @param below what carries it
     */
    record TlsClient(@Nullable String serverName, boolean isPlain, List<String> alpn, Transport below)
            implements LayerAgreement {
        /**
         * Copies the list.
         *
         * @param serverName the name that is asked for, if it is told
         * @param isPlain whether it trusts whom the JDK trusts
         * @param alpn the protocols that are offered
         * @param below what carries it
         */
        public TlsClient {
            alpn = List.copyOf(alpn);
        }
    }

    /**
     * WebSocket.
     *
     * @param path of the request, begins with a slash
     * @param host that is asked for; null for the one that is dialled
     * @param below what carries it
     */
    record WebSocket(String path, @Nullable String host, Transport below) implements LayerAgreement {}
}
