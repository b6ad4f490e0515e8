package dev.reversetunnel.config;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;
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
    static final Map<String, VmessSecurity> SECURITIES = new LinkedHashMap<>();
    private static final String AUTHENTICATED_LENGTH = "AuthenticatedLength";

    static {
        SECURITIES.put("auto", VmessSecurity.AUTO);
        SECURITIES.put("aes-128-gcm", VmessSecurity.AES_128_GCM);
        SECURITIES.put("chacha20-poly1305", VmessSecurity.CHACHA20_POLY1305);
        SECURITIES.put("none", VmessSecurity.NONE);
        SECURITIES.put("zero", VmessSecurity.ZERO);
        SECURITIES.put("", VmessSecurity.AUTO);
    }

    VmessOutbound {
        servers = List.copyOf(servers);
    }

    /**
     * One server, and as whom to come there.
     *
     * @param at where
     * @param id the user's secret
     * @param security how bytes are protected
     * @param authenticatedLength whether the lengths of chunks are sealed
     */
    record Server(Place place, Endpoint at, Secret id, VmessSecurity security, boolean authenticatedLength) {
        boolean isClear() {
            return security == VmessSecurity.NONE || security == VmessSecurity.ZERO;
        }
    }

    static @Nullable OutboundSettings read(Section settings) {
        List<Server> servers = new ArrayList<>();
        for (Section server : Servers.list(settings, "vnext", "vmess server")) {
            Endpoint at = Endpoint.read(server);
            for (Section user : Servers.users(server, "user of a vmess server")) {
                Secret id = Accounts.id(user);
                VmessInbound.checkAlterId(user);
                Accounts.email(user);
                VmessSecurity security = user.oneOf("security", SECURITIES);
                boolean sealed = experiments(user);
                if (at != null && id != null) {
                    servers.add(new Server(
                            server.place(), at, id, security == null ? VmessSecurity.AUTO : security, sealed));
                }
            }
        }
        return servers.isEmpty() ? null : new VmessOutbound(servers);
    }

    private static boolean experiments(Section user) {
        boolean sealed = false;
        for (String experiment : user.text("experiments", "").split("\\|", -1)) {
            if (experiment.equals(AUTHENTICATED_LENGTH)) {
                sealed = true;
            } else if (!experiment.isEmpty() && !experiment.equals("NoTerminationSignal")) {
                user.faults()
                        .fault(
                                user.place("experiments"),
                                '"' + experiment + "\" (expected: " + AUTHENTICATED_LENGTH
                                        + " or NoTerminationSignal)");
            }
        }
        return sealed;
    }

    @Override
    public String protocol() {
        return "vmess";
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

    static VmessClient client(Server server, Transport transport) {
        VmessClient client = Vmess.client(server.at.host(), server.at.port())
                .user(server.id.text())
                .security(server.security)
                .authenticatedLength(server.authenticatedLength);
        if (transport != Transport.tcp()) {
            client = client.transport(transport);
        }
        return server.isClear() ? client.insecure() : client;
    }

    @Override
    public Json print(Format format) {
        return Json.object()
                .withAll(
                        "vnext",
                        servers.stream().map(server -> print(server, format)).toArray(Json[]::new));
    }

    private static Json print(Server server, Format format) {
        if (server.isClear() && format == Format.XRAY_REVERSE) {
            throw new IllegalArgumentException(
                    "security: Xray since 26.7.11 always encrypts (expected: \"security\": \"auto\")");
        }
        Json user = Json.object().with("id", server.id.text()).with("alterId", 0);
        SECURITIES.forEach((name, security) -> {
            if (security == server.security && !name.isEmpty()) {
                user.with("security", name);
            }
        });
        if (server.authenticatedLength) {
            user.with("experiments", AUTHENTICATED_LENGTH);
        }
        return server.at.print().withAll("users", user);
    }
}
