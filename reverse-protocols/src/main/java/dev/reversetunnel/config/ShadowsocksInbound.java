package dev.reversetunnel.config;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.foreign.Json;
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
     * @param email by which rules know him; null if they do not
     * @param method his own; null for that of all
     * @param password his secret
     */
    record User(
            Place place, @Nullable String email, @Nullable ShadowsocksMethod method, Secret password) {}

    static @Nullable InboundSettings read(Section settings) {
        ShadowsocksMethod method = method(settings);
        Secret password = settings.secret("password");
        String email = Accounts.email(settings);
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
            return new ShadowsocksInbound(
                    method, null, List.of(new User(settings.place(), email, null, password)), udp);
        }
        boolean is2022 = method != null && method.toString().startsWith("2022-");
        return new ShadowsocksInbound(method, is2022 ? password : null, users, udp);
    }

    private static List<User> users(Section settings) {
        List<User> users = new ArrayList<>();
        for (Section client : Accounts.list(settings, "clients", "shadowsocks user")) {
            String email = Accounts.email(client);
            Secret password =
                    client.required("password", "the user's secret") == null ? null : client.secret("password");
            ShadowsocksMethod own = client.has("method") ? method(client) : null;
            if (password != null) {
                users.add(new User(client.place(), email, own, password));
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
    public Networks networks() {
        return new Networks(true, udp);
    }

    @Override
    public String protocol() {
        return "shadowsocks";
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
            String name = Accounts.name(user.email, user.place);
            server = user.method == null
                    ? server.user(name, user.password.text())
                    : server.user(name, user.method, user.password.text());
        }
        return server;
    }

    @Override
    public Json print(Format format) {
        Json settings = Json.object();
        if (method != null) {
            settings.with("method", name(method, format));
        }
        if (serverKey == null && users.size() == 1 && users.get(0).method == null) {
            User only = users.get(0);
            settings.with("password", only.password.text());
            if (only.email != null) {
                settings.with("email", only.email);
            }
        } else {
            if (format == Format.V2RAY) {
                throw new IllegalArgumentException(
                        "clients: V2Ray 4 has one user at a Shadowsocks server (expected: an inbound for each)");
            }
            if (serverKey != null) {
                settings.with("password", serverKey.text());
            }
            settings.withAll(
                    "clients", users.stream().map(user -> print(user, format)).toArray(Json[]::new));
        }
        return settings.with("network", udp ? "tcp,udp" : "tcp");
    }

    private static Json print(User user, Format format) {
        Json client = Json.object();
        if (user.method != null) {
            client.with("method", name(user.method, format));
        }
        client.with("password", user.password.text());
        return user.email == null ? client : client.with("email", user.email);
    }

    static String name(ShadowsocksMethod method, Format format) {
        if (format == Format.V2RAY && method.toString().startsWith("2022-")) {
            throw new IllegalArgumentException("method: " + method + " is unknown to V2Ray 4 (expected: aes-128-gcm,"
                    + " aes-256-gcm or chacha20-ietf-poly1305; or take VMess or VLESS)");
        }
        return method.toString();
    }
}
