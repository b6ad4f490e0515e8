package dev.reversetunnel.config;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.http.HttpProxy;
import dev.reversetunnel.http.HttpProxyServer;
import java.util.List;

/**
 * An HTTP proxy.
 *
 * @param accounts who may come in; empty for everybody
 */
record HttpInbound(List<Accounts.Account> accounts) implements InboundSettings {
    HttpInbound {
        accounts = List.copyOf(accounts);
    }

    static InboundSettings read(Section settings) {
        settings.number("userLevel", 0, Integer.MAX_VALUE);
        settings.faults().warn(settings.place(), "takes CONNECT only; a request for http://... is answered by 405");
        return new HttpInbound(Accounts.read(Accounts.list(settings, "accounts", "account")));
    }

    @Override
    public String protocol() {
        return "http";
    }

    @Override
    public Inbound build(Listener at) {
        HttpProxyServer server = at.bind(HttpProxy.server(at.port()));
        for (Accounts.Account account : accounts) {
            server = server.user(account.user(), account.password().text());
        }
        return accounts.isEmpty() ? server.open() : server;
    }

    @Override
    public Json print(Format format) {
        return accounts.isEmpty()
                ? Json.object()
                : Json.object()
                        .withAll(
                                "accounts",
                                accounts.stream().map(Accounts.Account::print).toArray(Json[]::new));
    }
}
