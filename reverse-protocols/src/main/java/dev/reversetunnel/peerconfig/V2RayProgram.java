package dev.reversetunnel.peerconfig;

import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.agreement.LayerAgreement;
import dev.reversetunnel.foreign.Json;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * V2Ray 4 from 4.27 on; 5 reads the same documents.
 *
 * @see <a href="https://www.v2fly.org/en_US/config/reverse.html">Reverse</a>
 */
final class V2RayProgram extends V2RayFamily {
    static final V2RayProgram V2RAY = new V2RayProgram();

    private V2RayProgram() {}

    @Override
    public String name() {
        return "V2Ray 4";
    }

    @Override
    public boolean registersByCommand() {
        return false;
    }

    @Override
    public Json bridge(Dialling portal, @Nullable String domain, @Nullable String redirect) {
        Json settings = redirect == null ? null : Json.object().with("redirect", redirect);
        return document()
                .with("reverse", reverse("bridges", "bridge", domain))
                .withAll("outbounds", outbound("out", "freedom", settings), outbound("interconn", portal))
                // The first rule that matches decides: behind the other, freedom would look up the domain.
                .with(
                        "routing",
                        rules(
                                rule(List.of("bridge"))
                                        .withTexts("domain", List.of("full:" + domain))
                                        .with("outboundTag", "interconn"),
                                rule(List.of("bridge")).with("outboundTag", "out")));
    }

    /** Whoever fits no rule goes nowhere: V2Ray sends him to the first outbound. */
    @Override
    public Json portal(Listening bridges, @Nullable String domain, List<Entrance> visitors) {
        Json[] inbounds = new Json[visitors.size() + 1];
        System.arraycopy(entrances(bridges.address(), visitors, true), 0, inbounds, 0, visitors.size());
        inbounds[visitors.size()] = inbound("interconn", bridges);
        return document()
                .with("reverse", reverse("portals", "portal", domain))
                .withAll("inbounds", inbounds)
                .withAll("outbounds", outbound("block", "blackhole", null))
                .with(
                        "routing",
                        rules(
                                rule(List.of("interconn"))
                                        .withTexts("domain", List.of("full:" + domain))
                                        .with("outboundTag", "portal"),
                                rule(visitors.stream().map(V2RayFamily::tag).toList())
                                        .with("outboundTag", "portal")));
    }

    private static Json reverse(String ends, String tag, @Nullable String domain) {
        return Json.object()
                .withAll(ends, Json.object().with("tag", tag).with("domain", Objects.requireNonNull(domain)));
    }

    @Override
    Json outbound(String tag, Dialling to) {
        check(to.credentials());
        return super.outbound(tag, to);
    }

    @Override
    Json inbound(String tag, Listening at) {
        check(at.credentials());
        return super.inbound(tag, at);
    }

    private void check(Credentials credentials) {
        if (credentials instanceof Credentials.Shadowsocks shadowsocks && shadowsocks.is2022()) {
            throw new IllegalArgumentException("method: " + shadowsocks.method() + " is unknown to " + name()
                    + " (expected: aes-128-gcm, aes-256-gcm or chacha20-ietf-poly1305; or take VMess or VLESS)");
        }
        if (credentials instanceof Credentials.Vmess vmess && vmess.authenticatedLength()) {
            throw new IllegalArgumentException("authenticatedLength: true is unknown to " + name()
                    + " (expected: false, the default of Vmess.client(...))");
        }
    }

    /** A certificate that is trusted itself is its own issuer; name and dates are checked all the same. */
    @Override
    void verify(Json tlsSettings, Verification how) {
        Verification.Pinned pin = how.pin();
        List<String> trusted = pin == null ? how.issuers() : pin.lines();
        if (!trusted.isEmpty()) {
            tlsSettings
                    .with("disableSystemRoot", true)
                    .withAll(
                            "certificates",
                            Json.object().with("usage", "verify").withTexts("certificate", trusted));
        }
    }

    @Override
    Json webSocket(LayerAgreement.WebSocket how) {
        Json settings = Json.object().with("path", how.path());
        return how.host() == null
                ? settings
                : settings.with("headers", Json.object().with("Host", how.host()));
    }
}
