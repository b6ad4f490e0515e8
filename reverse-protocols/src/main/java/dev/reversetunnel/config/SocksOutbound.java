package dev.reversetunnel.config;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.socks.Socks5;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A way through SOCKS5 proxies.
 *
 * @param servers one at least
 */
record SocksOutbound(List<ProxyServer> servers) implements OutboundSettings {
    private static final Map<String, String> VERSIONS = Map.of("5", "5");

    SocksOutbound {
        servers = List.copyOf(servers);
    }

    static @Nullable OutboundSettings read(Section settings) {
        settings.oneOf("version", VERSIONS);
        List<ProxyServer> servers = ProxyServer.read(settings);
        return servers.isEmpty() ? null : new SocksOutbound(servers);
    }

    @Override
    public String protocol() {
        return "socks";
    }

    @Override
    public List<Endpoint> endpoints() {
        return servers.stream().map(ProxyServer::at).toList();
    }

    @Override
    public Outbound build(Transport transport) {
        return Spread.over(servers.stream()
                .map(server -> (Outbound) server.build(
                        Socks5.client(server.at().host(), server.at().port()), transport))
                .toList());
    }

    @Override
    public Json print(Format format) {
        return ProxyServer.print(servers);
    }
}
