package dev.reversetunnel.proxy;

import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.carrier.ProxyClient;
import dev.reversetunnel.http.HttpProxy;
import dev.reversetunnel.socks.Socks5;

/** Both protocols. */
enum ProxyKind {
    SOCKS5 {
        @Override
        ProtocolServer<?> server() {
            return Socks5.server(0).address("127.0.0.1");
        }

        @Override
        ProtocolServer<?> serverWithUser() {
            return Socks5.server(0).address("127.0.0.1").user("ann", "secret");
        }

        @Override
        ProxyClient<?> client(int port) {
            return Socks5.client("127.0.0.1", port);
        }
    },
    HTTP {
        @Override
        ProtocolServer<?> server() {
            return HttpProxy.server(0).address("127.0.0.1");
        }

        @Override
        ProtocolServer<?> serverWithUser() {
            return HttpProxy.server(0).address("127.0.0.1").user("ann", "secret");
        }

        @Override
        ProxyClient<?> client(int port) {
            return HttpProxy.client("127.0.0.1", port);
        }
    };

    abstract ProtocolServer<?> server();

    abstract ProtocolServer<?> serverWithUser();

    abstract ProxyClient<?> client(int port);
}
