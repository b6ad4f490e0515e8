package dev.reversetunnel.config;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vless.VlessClient;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A way through servers of VLESS, or by which a bridge registers.
 *
 * @param servers one at least, each with its user
 * @param reverse the bridge that registers by command; null if none does
 */
record VlessOutbound(List<Server> servers, @Nullable Reverse reverse) implements OutboundSettings {
    VlessOutbound {
        servers = List.copyOf(servers);
    }

    /**
     * One server, and as whom to come there.
     *
     * @param at where
     * @param id the user's secret
     */
    record Server(Place place, Endpoint at, Secret id) {}

    /**
     * A bridge.
     *
     * @param tag the inbound of its sessions, for rules
     */
    record Reverse(Place place, String tag) {}

    static @Nullable OutboundSettings read(Section settings) {
        List<Server> servers = new ArrayList<>();
        for (Section server : Servers.list(settings, "vnext", "vless server")) {
            Endpoint at = Endpoint.read(server);
            for (Section user : Servers.users(server, "user of a vless server")) {
                Secret id = Accounts.id(user);
                VlessInbound.checkNone(user, "encryption");
                VlessInbound.checkFlow(user);
                Accounts.email(user);
                if (at != null && id != null) {
                    servers.add(new Server(server.place(), at, id));
                }
            }
        }
        Reverse reverse = reverse(settings);
        return servers.isEmpty() ? null : new VlessOutbound(servers, reverse);
    }

    /** In the flat form only, as at Xray: the other one has no place for it. */
    private static @Nullable Reverse reverse(Section settings) {
        Section reverse = settings.has("address") ? settings.section("reverse", "reverse of a vless server") : null;
        if (reverse == null) {
            return null;
        }
        String tag = reverse.required("tag", "the inbound of the sessions that come out of the tunnel, for rules");
        return tag == null ? null : new Reverse(reverse.place(), tag);
    }

    @Override
    public String protocol() {
        return "vless";
    }

    @Override
    public List<Endpoint> endpoints() {
        return servers.stream().map(Server::at).toList();
    }

    @Override
    public Outbound build(Transport transport) {
        return Spread.over(servers.stream()
                .map(server -> (Outbound) client(server, reverse != null, transport))
                .toList());
    }

    static VlessClient client(Server server, boolean isBridge, Transport transport) {
        VlessClient client = Vless.client(server.at.host(), server.at.port())
                .user(server.id.text())
                .insecure();
        if (transport != Transport.tcp()) {
            client = client.transport(transport);
        }
        return isBridge ? client.reverse() : client;
    }

    @Override
    public Json print(Format format) {
        if (reverse == null) {
            return Json.object()
                    .withAll(
                            "vnext",
                            servers.stream()
                                    .map(server -> server.at
                                            .print()
                                            .withAll(
                                                    "users",
                                                    Json.object()
                                                            .with("id", server.id.text())
                                                            .with("encryption", "none")))
                                    .toArray(Json[]::new));
        }
        if (format != Format.XRAY_REVERSE) {
            throw new IllegalArgumentException("reverse: only Xray 25.9.10 and newer know it (expected: XRAY_REVERSE)");
        }
        Server server = servers.get(0);
        return server.at
                .print()
                .with("id", server.id.text())
                .with("encryption", "none")
                .with("reverse", Json.object().with("tag", reverse.tag));
    }
}
