package dev.reversetunnel.peerconfig;

import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.agreement.LayerAgreement;
import dev.reversetunnel.foreign.ClearText;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.net.Destination;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Xray 26.5.3 and newer. It knows reverse tunnels by VLESS only.
 *
 * @see <a href="https://xtls.github.io/en/config/outbounds/vless.html">VLESS</a>
 */
final class XrayProgram extends V2RayFamily {
    static final XrayProgram XRAY = new XrayProgram();

    private XrayProgram() {}

    @Override
    public String name() {
        return "Xray";
    }

    @Override
    public boolean registersByCommand() {
        return true;
    }

    @Override
    public Json bridge(Dialling portal, @Nullable String domain, @Nullable String redirect) {
        Json settings = Json.object();
        if (redirect != null) {
            settings.with("redirect", redirect);
        }
        // Without it, Xray since 26.5.3 swallows everything that comes out of a reverse tunnel.
        settings.withAll("finalRules", Json.object().with("action", "allow"));
        return document()
                .withAll("outbounds", outbound("out", "freedom", settings), interconn(portal))
                .with("routing", rules(rule(List.of("bridge")).with("outboundTag", "out")));
    }

    /** In the short form of the settings: the other one has no place for {@code reverse}. */
    private Json interconn(Dialling portal) {
        if (!portal.carriage().isEncrypted() && !ClearText.isAllowedTo(Destination.tcp(portal.host(), portal.port()))) {
            throw new IllegalArgumentException("host: " + portal.host() + " is public, and " + name()
                    + " refuses VLESS without encryption there (expected: a TLS transport at the portal's server)");
        }
        Credentials.Vless vless = (Credentials.Vless) portal.credentials();
        Json settings = Json.object()
                .with("address", portal.host())
                .with("port", portal.port())
                .with("id", vless.id().toString())
                .with("encryption", "none")
                .with("reverse", Json.object().with("tag", "bridge"));
        return outbound("interconn", "vless", settings).with("streamSettings", clientStream(portal));
    }

    /** The portal must not be the first outbound, where everybody goes who fits no rule. */
    @Override
    public Json portal(Listening bridges, @Nullable String domain, List<Entrance> visitors) {
        Credentials.Vless vless = (Credentials.Vless) bridges.credentials();
        Json bridge = Json.object()
                .with("id", vless.id().toString())
                .with("reverse", Json.object().with("tag", "portal"));
        Json[] inbounds = new Json[visitors.size() + 1];
        System.arraycopy(entrances(bridges.address(), visitors, true), 0, inbounds, 0, visitors.size());
        inbounds[visitors.size()] = vless("interconn", bridges, bridge);
        return document()
                .withAll("inbounds", inbounds)
                .withAll("outbounds", outbound("block", "blackhole", null))
                .with(
                        "routing",
                        rules(rule(visitors.stream().map(V2RayFamily::tag).toList())
                                .with("outboundTag", "portal")));
    }

    @Override
    void verify(Json tlsSettings, Verification how) {
        Verification.Pinned pin = how.pin();
        if (pin != null) {
            tlsSettings.with("pinnedPeerCertSha256", pin.sha256());
        } else if (!how.issuers().isEmpty()) {
            tlsSettings
                    .with("disableSystemRoot", true)
                    .withAll(
                            "certificates",
                            Json.object().with("usage", "verify").withTexts("certificate", how.issuers()));
        }
    }

    @Override
    Json webSocket(LayerAgreement.WebSocket how) {
        Json settings = Json.object().with("path", how.path());
        return how.host() == null ? settings : settings.with("host", how.host());
    }
}
