package dev.reversetunnel.peerconfig;

import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.agreement.LayerAgreement;
import dev.reversetunnel.foreign.Carriage;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.net.Destination;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What V2Ray and Xray have in common: the form of a document, and most of its parts. */
abstract sealed class V2RayFamily implements Program permits V2RayProgram, XrayProgram {
    static final String LOOPBACK = "127.0.0.1";

    /** Where it is told how to know our server by TLS; what the client's {@code tlsSettings} say besides the name. */
    abstract void verify(Json tlsSettings, Verification how);

    /** WebSocket's settings. */
    abstract Json webSocket(LayerAgreement.WebSocket how);

    @Override
    public final Json user(Dialling server, List<Entrance> entrances) {
        boolean datagrams = server.takesDatagrams();
        return document()
                .withAll("inbounds", entrances(LOOPBACK, entrances, datagrams))
                .withAll("outbounds", outbound("portal", server));
    }

    // ---- parts ----

    static Json document() {
        return Json.object().with("log", Json.object().with("loglevel", "warning"));
    }

    static Json[] entrances(@Nullable String address, List<Entrance> entrances, boolean datagrams) {
        return entrances.stream()
                .map(entrance -> entrance(address, entrance, datagrams))
                .toArray(Json[]::new);
    }

    static Json rules(Json... rules) {
        return Json.object().withAll("rules", rules);
    }

    static Json rule(List<String> inbounds) {
        return Json.object().with("type", "field").withTexts("inboundTag", inbounds);
    }

    static Json outbound(String tag, String protocol, @Nullable Json settings) {
        return Json.object().with("tag", tag).with("protocol", protocol).with("settings", settings);
    }

    private static Json inbound(String tag, @Nullable String address, int port, String protocol, Json settings) {
        Json inbound = Json.object().with("tag", tag);
        if (address != null) {
            inbound.with("listen", address);
        }
        return inbound.with("port", port).with("protocol", protocol).with("settings", settings);
    }

    static String tag(Entrance entrance) {
        return (entrance.target() == null ? "socks-" : "external-") + entrance.port();
    }

    static Json entrance(@Nullable String address, Entrance entrance, boolean datagrams) {
        Destination target = entrance.target();
        if (target == null) {
            Json settings = Json.object().with("auth", "noauth").with("udp", datagrams);
            return inbound(
                    tag(entrance),
                    address,
                    entrance.port(),
                    "socks",
                    address != null && datagrams ? settings.with("ip", address) : settings);
        }
        return inbound(
                tag(entrance),
                address,
                entrance.port(),
                "dokodemo-door",
                Json.object()
                        .with("address", target.host())
                        .with("port", target.port())
                        .with("network", datagrams ? entrance.networks() : "tcp"));
    }

    /** Never with mux: a registration in a session of another mux would stall twice. */
    Json outbound(String tag, Dialling to) {
        Json server = Json.object().with("address", to.host()).with("port", to.port());
        Json stream = clientStream(to);
        if (to.credentials() instanceof Credentials.Vmess vmess) {
            Json user = Json.object()
                    .with("id", vmess.id().toString())
                    .with("alterId", 0)
                    .with("security", "auto");
            return outbound(tag, "vmess", Json.object().withAll("vnext", server.withAll("users", user)))
                    .with("streamSettings", stream);
        }
        if (to.credentials() instanceof Credentials.Vless vless) {
            Json user = Json.object().with("id", vless.id().toString()).with("encryption", "none");
            return outbound(tag, "vless", Json.object().withAll("vnext", server.withAll("users", user)))
                    .with("streamSettings", stream);
        }
        Credentials.Shadowsocks shadowsocks = (Credentials.Shadowsocks) to.credentials();
        server.with("method", shadowsocks.method()).with("password", shadowsocks.password());
        return outbound(tag, "shadowsocks", Json.object().withAll("servers", server))
                .with("streamSettings", stream);
    }

    Json inbound(String tag, Listening at) {
        Json stream = serverStream(at);
        if (at.credentials() instanceof Credentials.Vmess vmess) {
            Json user = Json.object().with("id", vmess.id().toString()).with("alterId", 0);
            return inbound(tag, at.address(), at.port(), "vmess", Json.object().withAll("clients", user))
                    .with("streamSettings", stream);
        }
        if (at.credentials() instanceof Credentials.Vless vless) {
            return vless(tag, at, Json.object().with("id", vless.id().toString()));
        }
        Credentials.Shadowsocks shadowsocks = (Credentials.Shadowsocks) at.credentials();
        Json settings = Json.object()
                .with("method", shadowsocks.method())
                .with("password", shadowsocks.password())
                .with("network", shadowsocks.udp() ? "tcp,udp" : "tcp");
        return inbound(tag, at.address(), at.port(), "shadowsocks", settings).with("streamSettings", stream);
    }

    /** A VLESS server that knows one client. */
    Json vless(String tag, Listening at, Json client) {
        Json settings = Json.object().withAll("clients", client).with("decryption", "none");
        return inbound(tag, at.address(), at.port(), "vless", settings).with("streamSettings", serverStream(at));
    }

    /** What lies below the protocol on a client; null for TCP alone. */
    @Nullable
    Json clientStream(Dialling to) {
        Verification how = to.verification();
        if (how == null) {
            return stream(to.carriage(), null);
        }
        Json settings = Json.object().with("serverName", how.serverName());
        if (to.carriage().tls() instanceof LayerAgreement.TlsServer server
                && !server.alpn().isEmpty()) {
            settings.withTexts("alpn", server.alpn());
        }
        verify(settings, how);
        return stream(to.carriage(), settings);
    }

    private @Nullable Json serverStream(Listening at) {
        Listening.CertificateFiles certificate = at.certificate();
        if (certificate == null) {
            return stream(at.carriage(), null);
        }
        Json settings = Json.object();
        if (at.carriage().tls() instanceof LayerAgreement.TlsClient client
                && !client.alpn().isEmpty()) {
            settings.withTexts("alpn", client.alpn());
        }
        settings.withAll(
                "certificates",
                Json.object().with("certificateFile", certificate.chain()).with("keyFile", certificate.key()));
        return stream(at.carriage(), settings);
    }

    private @Nullable Json stream(Carriage carriage, @Nullable Json tlsSettings) {
        LayerAgreement.WebSocket webSocket = carriage.webSocket();
        if (webSocket == null && tlsSettings == null) {
            return null;
        }
        Json stream = Json.object().with("network", webSocket == null ? "tcp" : "ws");
        if (tlsSettings != null) {
            stream.with("security", "tls").with("tlsSettings", tlsSettings);
        }
        return webSocket == null ? stream : stream.with("wsSettings", webSocket(webSocket));
    }
}
