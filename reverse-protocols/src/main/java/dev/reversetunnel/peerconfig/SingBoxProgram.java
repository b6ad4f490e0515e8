package dev.reversetunnel.peerconfig;

import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.agreement.LayerAgreement;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.net.Destination;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * sing-box 1.12 and newer, as a client: it knows no reverse tunnels.
 *
 * @see <a href="https://sing-box.sagernet.org/configuration/">Configuration</a>
 */
final class SingBoxProgram implements Program {
    static final SingBoxProgram SING_BOX = new SingBoxProgram();

    private static final String LOOPBACK = "127.0.0.1";

    private SingBoxProgram() {}

    @Override
    public String name() {
        return "sing-box";
    }

    @Override
    public boolean registersByCommand() {
        return false;
    }

    @Override
    public Json bridge(Dialling portal, @Nullable String domain, @Nullable String redirect) {
        throw knowsNoReverse();
    }

    @Override
    public Json portal(Listening bridges, @Nullable String domain, List<Entrance> visitors) {
        throw knowsNoReverse();
    }

    static IllegalArgumentException knowsNoReverse() {
        return new IllegalArgumentException("sing-box knows no reverse tunnels, so it is neither bridge nor portal"
                + " (expected: Peers.v2ray(...) or Peers.xray(...); sing-box may be a user: call socks(...) or"
                + " door(...))");
    }

    @Override
    public Json user(Dialling server, List<Entrance> entrances) {
        boolean datagrams = server.takesDatagrams();
        return Json.object()
                .with("log", Json.object().with("level", "info"))
                .withAll(
                        "inbounds",
                        entrances.stream()
                                .map(entrance -> inbound(entrance, datagrams))
                                .toArray(Json[]::new))
                .withAll("outbounds", outbound(server));
    }

    private static Json inbound(Entrance entrance, boolean datagrams) {
        Destination target = entrance.target();
        Json inbound = Json.object()
                .with("type", target == null ? "socks" : "direct")
                .with("tag", (target == null ? "socks-" : "door-") + entrance.port())
                .with("listen", LOOPBACK)
                .with("listen_port", entrance.port());
        if (target == null) {
            return inbound;
        }
        if (!datagrams || !entrance.datagrams()) {
            inbound.with("network", "tcp");
        }
        return inbound.with("override_address", target.host()).with("override_port", target.port());
    }

    private static Json outbound(Dialling to) {
        Json outbound = Json.object()
                .with("type", type(to.credentials()))
                .with("tag", "portal")
                .with("server", to.host())
                .with("server_port", to.port());
        if (to.credentials() instanceof Credentials.Vmess vmess) {
            outbound.with("uuid", vmess.id().toString())
                    .with("security", "auto")
                    .with("alter_id", 0)
                    .with("packet_encoding", "xudp");
        } else if (to.credentials() instanceof Credentials.Vless vless) {
            outbound.with("uuid", vless.id().toString()).with("packet_encoding", "xudp");
        } else if (to.credentials() instanceof Credentials.Shadowsocks shadowsocks) {
            outbound.with("method", shadowsocks.method()).with("password", shadowsocks.password());
            if (!shadowsocks.udp()) {
                outbound.with("network", "tcp");
            }
            if (to.carriage().tls() != null || to.carriage().webSocket() != null) {
                throw new IllegalArgumentException("transport: sing-box speaks Shadowsocks over TCP alone (expected:"
                        + " Shadowsocks.server(...) without transport(...); or take VMess or VLESS)");
            }
        }
        return outbound.with("tls", tls(to))
                .with("transport", transport(to.carriage().webSocket()));
    }

    private static String type(Credentials credentials) {
        return credentials instanceof Credentials.Vmess
                ? "vmess"
                : credentials instanceof Credentials.Vless ? "vless" : "shadowsocks";
    }

    private static @Nullable Json tls(Dialling to) {
        Verification how = to.verification();
        if (how == null) {
            return null;
        }
        Json tls = Json.object().with("enabled", true).with("server_name", how.serverName());
        if (to.carriage().tls() instanceof LayerAgreement.TlsServer server
                && !server.alpn().isEmpty()) {
            tls.withTexts("alpn", server.alpn());
        }
        Verification.Pinned pin = how.pin();
        if (pin != null) {
            return tls.withTexts("certificate_public_key_sha256", List.of(pin.keySha256()));
        }
        return how.issuers().isEmpty() ? tls : tls.withTexts("certificate", how.issuers());
    }

    private static @Nullable Json transport(LayerAgreement.@Nullable WebSocket how) {
        if (how == null) {
            return null;
        }
        Json transport = Json.object().with("type", "ws").with("path", how.path());
        return how.host() == null
                ? transport
                : transport.with("headers", Json.object().with("Host", how.host()));
    }
}
