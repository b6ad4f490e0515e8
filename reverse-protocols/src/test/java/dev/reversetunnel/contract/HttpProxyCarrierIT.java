package dev.reversetunnel.contract;

import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.carrier.ProxyClient;
import dev.reversetunnel.http.HttpProxy;

class HttpProxyCarrierIT extends ProxyContract {
    HttpProxyCarrierIT() {
        super(new ProxyCarrier() {
            @Override
            ProtocolServer<?> server() {
                return HttpProxy.server(0).address("127.0.0.1").user("ann", "secret");
            }

            @Override
            ProxyClient<?> client(int port) {
                return HttpProxy.client("127.0.0.1", port);
            }
        });
    }
}
