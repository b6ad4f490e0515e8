package dev.reversetunnel.config;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksClient;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A way through servers of Shadowsocks.
 *
 * @param servers one at least
 */
record ShadowsocksOutbound(List<Server> servers) implements OutboundSettings {
    ShadowsocksOutbound {
        servers = List.copyOf(servers);
    }

    /**
     * One server.
     *
     * @param at where
     * @param method edition and cipher
     * @param password the secret
     */
    record Server(Place place, Endpoint at, ShadowsocksMethod method, Secret password) {}

    static @Nullable OutboundSettings read(Section settings) {
        List<Server> servers = new ArrayList<>();
        for (Section server : Servers.list(settings, "servers", "shadowsocks server")) {
            Endpoint at = Endpoint.read(server);
            ShadowsocksMethod method = ShadowsocksInbound.method(server);
            Secret password = server.required("password", "the secret that the server has as well") == null
                    ? null
                    : server.secret("password");
            Accounts.email(server);
            if (at != null && method != null && password != null) {
                servers.add(new Server(server.place(), at, method, password));
            }
        }
        return servers.isEmpty() ? null : new ShadowsocksOutbound(servers);
    }

    @Override
    public String protocol() {
        return "shadowsocks";
    }

    @Override
    public List<Endpoint> endpoints() {
        return servers.stream().map(Server::at).toList();
    }

    @Override
    public Outbound build(Transport transport) {
        return Spread.over(servers.stream()
                .map(server -> (Outbound) client(server, transport))
                .toList());
    }

    static ShadowsocksClient client(Server server, Transport transport) {
        ShadowsocksClient client = Shadowsocks.client(server.at.host(), server.at.port())
                .method(server.method)
                .password(server.password.text());
        return transport == Transport.tcp() ? client : client.transport(transport);
    }

    @Override
    public Json print(Format format) {
        return Json.object()
                .withAll(
                        "servers",
                        servers.stream()
                                .map(server -> server.at
                                        .print()
                                        .with("method", ShadowsocksInbound.name(server.method, format))
                                        .with("password", server.password.text()))
                                .toArray(Json[]::new));
    }
}
