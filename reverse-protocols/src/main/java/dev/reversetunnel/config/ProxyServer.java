package dev.reversetunnel.config;

import dev.reversetunnel.Transport;
import dev.reversetunnel.carrier.ProxyClient;
import dev.reversetunnel.foreign.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A proxy that is dialled, by SOCKS5 or HTTP.
 *
 * @param at where
 * @param account as whom to come; null for nobody
 */
record ProxyServer(Endpoint at, Accounts.@Nullable Account account) {
    /** All servers, each as often as it has users. */
    static List<ProxyServer> read(Section settings) {
        List<ProxyServer> servers = new ArrayList<>();
        for (Section server : Servers.list(settings, "servers", "proxy server")) {
            Endpoint at = Endpoint.read(server);
            if (at == null) {
                continue;
            }
            List<Accounts.Account> accounts = new ArrayList<>();
            if (server.has("user")) {
                Accounts.Account own = Accounts.Account.read(server);
                if (own != null) {
                    accounts.add(own);
                }
            } else {
                accounts.addAll(Accounts.read(server.sections("users", "account")));
            }
            accounts.forEach(account -> servers.add(new ProxyServer(at, account)));
            if (accounts.isEmpty()) {
                servers.add(new ProxyServer(at, null));
            }
        }
        return servers;
    }

    <C extends ProxyClient<C>> C build(C client, Transport transport) {
        C told = account == null
                ? client
                : client.user(account.user(), account.password().text());
        return transport == Transport.tcp() ? told : told.transport(transport);
    }

    static Json print(List<ProxyServer> servers) {
        return Json.object()
                .withAll("servers", servers.stream().map(ProxyServer::print).toArray(Json[]::new));
    }

    private Json print() {
        return account == null ? at.print() : at.print().withAll("users", account.print());
    }
}
