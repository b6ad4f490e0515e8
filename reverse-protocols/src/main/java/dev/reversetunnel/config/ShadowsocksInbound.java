package dev.reversetunnel.config;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.shadowsocks.ShadowsocksServer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shadowsocks, at which bridges register and users come in.
 *
 * @param method of all users; null if each has his own
 * @param serverKey by which users of 2022 say who they are; null if there is one user
 * @param users whom it knows
 * @param udp whether datagrams are taken
 */
record ShadowsocksInbound(
        @Nullable ShadowsocksMethod method, @Nullable Secret serverKey, List<User> users, boolean udp)
        implements InboundSettings {
    /**
     * Somebody.
     *
     * @param name in rules and logs
     * @param method his own; null for that of all
     * @param password his secret
     */
    record User(Place place, String name, @Nullable ShadowsocksMethod method, Secret password) {}

    static @Nullable InboundSettings read(Section settings) {
        ShadowsocksMethod method = method(settings);
        Secret password = settings.secret("password");
        String name = Accounts.name(settings);
        settings.number("level", 0, Integer.MAX_VALUE);
        Networks networks = Networks.read(settings, "network");
        boolean udp = settings.flag("udp", false) || networks.udp();
        if (!networks.tcp()) {
            settings.faults()
                    .fault(
                            settings.place("network"),
                            "\"udp\" alone is not supported (expected: \"tcp\" or \"tcp,udp\")");
        }
        List<User> users = users(settings);
        if (users.isEmpty()) {
            if (password == null || password.text().isEmpty()) {
                settings.missing("password", "the secret that clients have as well");
                return null;
            }
            return new ShadowsocksInbound(method, null, List.of(new User(settings.place(), name, null, password)), udp);
        }
        boolean is2022 = method != null && method.toString().startsWith("2022-");
        return new ShadowsocksInbound(method, is2022 ? password : null, users, udp);
    }

    private static List<User> users(Section settings) {
        List<User> users = new ArrayList<>();
        for (Section client : Accounts.list(settings, "clients", "shadowsocks user")) {
            client.number("level", 0, Integer.MAX_VALUE);
            Secret password =
                    client.required("password", "the user's secret") == null ? null : client.secret("password");
            ShadowsocksMethod own = client.has("method") ? method(client) : null;
            if (password != null) {
                users.add(new User(client.place(), Accounts.name(client), own, password));
            }
        }
        return users;
    }

    /** Null if there is none that we have, which is told. */
    static @Nullable ShadowsocksMethod method(Section section) {
        String name = section.required("method", "a cipher such as 2022-blake3-aes-128-gcm");
        return name == null ? null : section.faults().made(section.place("method"), () -> ShadowsocksMethod.of(name));
    }

    @Override
    public Inbound build(Listener at) {
        ShadowsocksServer server =
                at.bind(Shadowsocks.server(at.port())).client().udp(udp);
        if (method != null) {
            server = server.method(method);
        }
        if (serverKey != null) {
            server = server.serverKey(serverKey.text());
        }
        for (User user : users) {
            server = user.method == null
                    ? server.user(user.name, user.password.text())
                    : server.user(user.name, user.method, user.password.text());
        }
        return server;
    }
}
