package dev.reversetunnel.contract;

import dev.reversetunnel.Transport;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.tls.TlsClient;
import dev.reversetunnel.tls.TlsServer;
import dev.reversetunnel.websocket.WebSocket;

/** A transport at work: what its server and its client are given. */
enum Carriage {
    MEMORY(true) {
        @Override
        Ends ends() {
            Transport network = Transport.memory();
            return new Ends(network, network);
        }
    },
    TCP(true) {
        @Override
        Ends ends() {
            return new Ends(Transport.tcp(), Transport.tcp());
        }
    },
    TLS(true) {
        @Override
        Ends ends() {
            return new Ends(tlsServer(), tlsClient());
        }
    },
    WEB_SOCKET(false) {
        @Override
        Ends ends() {
            return new Ends(WebSocket.server("/tunnel"), WebSocket.client("/tunnel"));
        }
    },
    WEB_SOCKET_OVER_TLS(false) {
        @Override
        Ends ends() {
            return new Ends(
                    WebSocket.server("/tunnel").over(tlsServer()),
                    WebSocket.client("/tunnel").over(tlsClient()));
        }
    };

    private static final TestCertificate CERTIFICATE = TestCertificate.create();

    private final boolean halfCloses;

    Carriage(boolean halfCloses) {
        this.halfCloses = halfCloses;
    }

    /** Whether one direction can end alone. */
    boolean halfCloses() {
        return halfCloses;
    }

    abstract Ends ends();

    /** What belongs together. */
    record Ends(Transport server, Transport client) {}

    private static TlsServer tlsServer() {
        return Tls.server(CERTIFICATE.chain(), CERTIFICATE.key());
    }

    private static TlsClient tlsClient() {
        return Tls.client().trust(CERTIFICATE.authority()).serverName(TestCertificate.NAME);
    }
}
