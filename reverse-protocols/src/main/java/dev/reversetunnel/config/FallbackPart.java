package dev.reversetunnel.config;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.ProxyProtocol;
import dev.reversetunnel.RedirectOutbound;
import dev.reversetunnel.foreign.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a VLESS server sends those whom it does not know.
 *
 * @param to the other server
 * @param proxyProtocol the version of the header that tells it who comes; 0 for none
 */
record FallbackPart(Endpoint to, int proxyProtocol) {
    private static final String EXPECTED = "a port, or \"host:port\"";

    /** Null if there is none, or none that can be, which is told. */
    static @Nullable FallbackPart read(Section settings) {
        List<Section> fallbacks = settings.sections("fallbacks", "fallback");
        FallbackPart found = null;
        for (Section fallback : fallbacks) {
            Endpoint to = to(fallback);
            Integer version = fallback.number("xver", 0, 2);
            if (found != null) {
                fallback.faults()
                        .fault(
                                fallback.place(),
                                "a second one (expected: one for all; put a web server behind"
                                        + " it that tells names, ALPN and paths apart)");
            } else if (to != null) {
                found = new FallbackPart(to, version == null ? 0 : version);
            }
        }
        return found;
    }

    private static @Nullable Endpoint to(Section fallback) {
        Value dest = fallback.value("dest");
        Place place = fallback.place("dest");
        String text = dest instanceof Value.Figure number
                ? number.text()
                : dest instanceof Value.Text words ? words.text().strip() : "";
        int colon = text.lastIndexOf(':');
        Integer port = Ports.port(text.substring(colon + 1));
        if (port == null || port == 0) {
            fallback.faults()
                    .fault(
                            place,
                            (text.isEmpty() ? "missing" : '"' + text + '"') + " (expected: " + EXPECTED
                                    + "; Unix sockets are not supported)");
            return null;
        }
        String host = colon < 0 ? "localhost" : Address.host(text.substring(0, colon), place, fallback.faults());
        return host == null ? null : new Endpoint(host, port);
    }

    Outbound build() {
        RedirectOutbound other = Outbound.to(to.host(), to.port());
        return proxyProtocol == 0
                ? other
                : other.proxyProtocol(proxyProtocol == 1 ? ProxyProtocol.V1 : ProxyProtocol.V2);
    }

    Json print() {
        Json fallback = Json.object().with("dest", to.toString());
        return proxyProtocol == 0 ? fallback : fallback.with("xver", proxyProtocol);
    }
}
