package dev.reversetunnel.config;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.vmess.VmessClient;
import dev.reversetunnel.vmess.VmessSecurity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A way through servers of VMess.
 *
 * @param servers one at least, each with its user
 */
record VmessOutbound(List<Server> servers) implements OutboundSettings {
    private static final Map<String, VmessSecurity> SECURITIES = new LinkedHashMap<>();

    static {
        SECURITIES.put("auto", VmessSecurity.AUTO);
        SECURITIES.put("aes-128-gcm", VmessSecurity.AES_128_GCM);
        SECURITIES.put("chacha20-poly1305", VmessSecurity.CHACHA20_POLY1305);
        SECURITIES.put("none", VmessSecurity.NONE);
        SECURITIES.put("zero", VmessSecurity.ZERO);
        SECURITIES.put("", VmessSecurity.AUTO);
    }

    /**
     * One server, and as whom to come there.
     *
     * @param at where
     * @param id the user's secret
     * @param security how bytes are protected
     */
    record Server(Place place, Endpoint at, Secret id, VmessSecurity security) {}

    static @Nullable OutboundSettings read(Section settings) {
        List<Server> servers = new ArrayList<>();
        for (Section server : Servers.list(settings, "vnext", "vmess server")) {
            Endpoint at = Endpoint.read(server);
            for (Section user : Servers.users(server, "vmess server user")) {
                Secret id = Accounts.id(user);
                VmessInbound.checkAlterId(user);
                user.number("level", 0, Integer.MAX_VALUE);
                user.text("email");
                VmessSecurity security = user.oneOf("security", SECURITIES);
                if (at != null && id != null) {
                    servers.add(new Server(server.place(), at, id, security == null ? VmessSecurity.AUTO : security));
                }
            }
        }
        return servers.isEmpty() ? null : new VmessOutbound(servers);
    }

    @Override
    public Outbound build(Transport transport) {
        return Spread.over(servers.stream()
                .map(server -> (Outbound) client(server, transport))
                .toList());
    }

    private static VmessClient client(Server server, Transport transport) {
        VmessClient client = Vmess.client(server.at.host(), server.at.port())
                .user(server.id.text())
                .security(server.security)
                .transport(transport);
        return server.security == VmessSecurity.NONE || server.security == VmessSecurity.ZERO
                ? client.insecure()
                : client;
    }
}
