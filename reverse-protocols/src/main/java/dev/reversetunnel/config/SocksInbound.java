package dev.reversetunnel.config;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.socks.Socks5Server;
import java.util.List;
import java.util.Map;

/**
 * A SOCKS5 proxy.
 *
 * @param accounts who may come in; empty for everybody
 * @param udp whether datagrams are taken
 */
record SocksInbound(List<Accounts.Account> accounts, boolean udp) implements InboundSettings {
    private static final Map<String, Boolean> AUTH = Map.of("noauth", false, "password", true);

    SocksInbound {
        accounts = List.copyOf(accounts);
    }

    static InboundSettings read(Section settings) {
        Boolean byPassword = settings.oneOf("auth", AUTH);
        List<Accounts.Account> accounts = Accounts.read(Accounts.list(settings, "accounts", "account"));
        settings.number("userLevel", 0, Integer.MAX_VALUE);
        if (Boolean.TRUE.equals(byPassword) && accounts.isEmpty()) {
            settings.faults()
                    .fault(settings.place("accounts"), "nobody (expected: an account, or \"auth\": \"noauth\")");
        }
        if (!Boolean.TRUE.equals(byPassword) && !accounts.isEmpty()) {
            settings.faults()
                    .warn(
                            settings.place("accounts"),
                            "have no effect: everybody may come in, for \"auth\" is not" + " \"password\"");
        }
        return new SocksInbound(Boolean.TRUE.equals(byPassword) ? accounts : List.of(), settings.flag("udp", false));
    }

    @Override
    public String protocol() {
        return "socks";
    }

    @Override
    public Inbound build(Listener at) {
        Socks5Server server = at.bind(Socks5.server(at.port())).udp(udp);
        for (Accounts.Account account : accounts) {
            server = server.user(account.user(), account.password().text());
        }
        return accounts.isEmpty() ? server.open() : server;
    }

    @Override
    public Json print(Format format) {
        Json settings = Json.object().with("auth", accounts.isEmpty() ? "noauth" : "password");
        if (!accounts.isEmpty()) {
            settings.withAll(
                    "accounts", accounts.stream().map(Accounts.Account::print).toArray(Json[]::new));
        }
        return settings.with("udp", udp);
    }
}
