package dev.reversetunnel.contract;

import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.carrier.ProxyClient;
import dev.reversetunnel.socks.Socks5;

class Socks5CarrierIT extends ProxyContract {
    Socks5CarrierIT() {
        super(new ProxyCarrier() {
            @Override
            ProtocolServer<?> server() {
                return Socks5.server(0).address("127.0.0.1").user("ann", "secret");
            }

            @Override
            ProxyClient<?> client(int port) {
                return Socks5.client("127.0.0.1", port);
            }

            /** By UDP of their own, in clear: not where streams are encrypted. */
            @Override
            public boolean carriesDatagrams(Carriage carriage) {
                return !carriage.ends().client().isEncrypted();
            }
        });
    }
}
