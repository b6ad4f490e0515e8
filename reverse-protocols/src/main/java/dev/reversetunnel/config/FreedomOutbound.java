package dev.reversetunnel.config;

import dev.reversetunnel.DirectOutbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ProxyProtocol;
import dev.reversetunnel.RedirectOutbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Dials what was asked for, or what the document says.
 *
 * @param host where everybody goes; empty for where he asks to go
 * @param port where everybody goes; 0 for where he asks to go
 * @param strategy which addresses of a name are dialled
 * @param proxyProtocol the version of the header that tells the server who comes; 0 for none
 */
record FreedomOutbound(String host, int port, AddressChoice strategy, int proxyProtocol) implements OutboundSettings {
    private static final Map<String, Boolean> ACTIONS = Map.of("allow", true);

    static OutboundSettings read(Section settings) {
        String redirect = settings.text("redirect", "").strip();
        Integer version = settings.number("proxyProtocol", 0, 2);
        AddressChoice strategy = AddressChoice.read(settings, "domainStrategy", "targetStrategy");
        settings.number("userLevel", 0, Integer.MAX_VALUE);
        readFinalRules(settings);
        int colon = redirect.lastIndexOf(':');
        String port = redirect.substring(colon + 1).strip();
        Integer number = redirect.isEmpty() ? Integer.valueOf(0) : colon < 0 ? null : Ports.port(port);
        String host = colon <= 0
                ? ""
                : Address.host(redirect.substring(0, colon).strip(), settings.place("redirect"), settings.faults());
        if (number == null) {
            settings.faults()
                    .fault(
                            settings.place("redirect"),
                            '"' + redirect + "\" (expected: host and port, such as \"127.0.0.1:80\"; without a host,"
                                    + " or with port 0, that is what is asked for)");
        }
        return new FreedomOutbound(
                host == null ? "" : host, number == null ? 0 : number, strategy, version == null ? 0 : version);
    }

    /** Xray since 26.5.3 reaches nothing without them; others are for rules here. */
    private static void readFinalRules(Section settings) {
        for (Section rule : settings.sections("finalRules", "final rule")) {
            rule.oneOf("action", ACTIONS);
        }
    }

    @Override
    public String protocol() {
        return "freedom";
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of();
    }

    private boolean isWhole() {
        return host.isEmpty() == (port == 0);
    }

    /** As there, private addresses are reached: what is reached is for the rules. */
    @Override
    public Outbound build(Transport transport) {
        if (!isWhole()) {
            return strategy.applyTo(new PartialRedirect(host, port, header()));
        }
        return strategy.applyTo(host.isEmpty() ? direct() : to(host, port, header()));
    }

    private Outbound direct() {
        DirectOutbound direct = Outbound.direct().allowPrivate();
        ProxyProtocol header = header();
        return header == null ? direct : direct.proxyProtocol(header);
    }

    static Outbound to(String host, int port, @Nullable ProxyProtocol header) {
        RedirectOutbound redirect = Outbound.to(host, port);
        return header == null ? redirect : redirect.proxyProtocol(header);
    }

    private @Nullable ProxyProtocol header() {
        return proxyProtocol == 0 ? null : proxyProtocol == 1 ? ProxyProtocol.V1 : ProxyProtocol.V2;
    }

    @Override
    public Json print(Format format) {
        Json settings = Json.object();
        if (!host.isEmpty() || port > 0) {
            settings.with("redirect", new Endpoint(host, port).toString());
        }
        strategy.print(settings, format);
        if (proxyProtocol > 0) {
            if (format == Format.V2RAY) {
                throw new IllegalArgumentException("proxyProtocol: V2Ray 4 does not send it (expected: 0, or Xray)");
            }
            settings.with("proxyProtocol", proxyProtocol);
        }
        if (format == Format.XRAY_REVERSE) {
            // Without it, Xray since 26.5.3 swallows everything that comes out of a reverse tunnel.
            settings.withAll("finalRules", Json.object().with("action", "allow"));
        }
        return settings;
    }
}
