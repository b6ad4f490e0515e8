package dev.reversetunnel.config;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.http.HttpProxy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A way through HTTP proxies.
 *
 * @param servers one at least
 */
record HttpOutbound(List<ProxyServer> servers) implements OutboundSettings {
    HttpOutbound {
        servers = List.copyOf(servers);
    }

    static @Nullable OutboundSettings read(Section settings) {
        List<ProxyServer> servers = ProxyServer.read(settings);
        return servers.isEmpty() ? null : new HttpOutbound(servers);
    }

    @Override
    public String protocol() {
        return "http";
    }

    @Override
    public List<Endpoint> endpoints() {
        return servers.stream().map(ProxyServer::at).toList();
    }

    @Override
    public Outbound build(Transport transport) {
        return Spread.over(servers.stream()
                .map(server -> (Outbound) server.build(
                        HttpProxy.client(server.at().host(), server.at().port()), transport))
                .toList());
    }

    @Override
    public Json print(Format format) {
        return ProxyServer.print(servers);
    }
}
