package dev.reversetunnel.peerconfig;

import dev.reversetunnel.BridgeEnd;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.PortalEnd;
import dev.reversetunnel.carrier.CarrierServer;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.shadowsocks.ShadowsocksServer;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.tls.TlsServer;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.websocket.WebSocket;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One document of each kind, by the name of the file that holds what it should be. */
final class Documents {
    static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");
    static final UUID OTHER = UUID.fromString("27848739-7e62-4138-9fd3-098a63964b6b");
    static final String DOMAIN = "reverse.shop.internal";
    static final String HOST = "portal.example.com";

    private static final TestCertificate CERTIFICATE = TestCertificate.create();
    static final TlsServer TLS = Tls.server(CERTIFICATE.chain(), CERTIFICATE.key());

    private Documents() {}

    static Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>();
        bridges(all);
        users(all);
        usersByTls(all);
        portals(all);
        return all;
    }

    private static void bridges(Map<String, String> all) {
        PeerOfPortal v2ray = Peers.v2ray(HOST).forward("127.0.0.1", 8080);
        all.put("v2ray-bridge-vmess", v2ray.write(portal(Vmess.server(1024).user("shop", ID))));
        all.put("v2ray-bridge-vless", v2ray.write(portal(Vless.server(1024).user("shop", ID))));
        all.put(
                "v2ray-bridge-direct",
                Peers.v2ray("2001:db8::1")
                        .direct()
                        .write(portal(Vmess.server(1024).user("shop", ID))));
        PeerOfPortal xray = Peers.xray("192.0.2.1").forward("::1", 8080);
        all.put("v2ray-bridge-shadowsocks", v2ray.write(portal(shadowsocks(ShadowsocksMethod.AES_256_GCM))));
        all.put(
                "v2ray-bridge-vmess-websocket-tls",
                v2ray.serverName("front.example.com")
                        .write(portal(Vmess.server(1024)
                                .user("shop", ID)
                                .transport(WebSocket.server("/tunnel")
                                        .host("front.example.com")
                                        .over(TLS.alpn("http/1.1"))))));
        all.put(
                "xray-bridge-vless-tls",
                Peers.xray(HOST)
                        .direct()
                        .write(portal(Vless.server(1024).reverseUser("shop", ID).transport(TLS))));
        all.put("xray-bridge-vless", xray.write(portal(Vless.server(1024).reverseUser("shop", ID))));
    }

    private static void users(Map<String, String> all) {
        PortalEnd vmess =
                portal(Vmess.server(1024).user("shop", OTHER).user("phone", ID).client());
        PortalEnd vless = portal(
                Vless.server(1024).reverseUser("shop", OTHER).user("phone", ID).clientOnly());
        PortalEnd shadowsocks = portal(shadowsocks(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022)
                .serverKey(key(3))
                .client());
        for (PeerOfPortal program : List.of(Peers.v2ray(HOST), Peers.xray(HOST), Peers.singBox(HOST))) {
            PeerOfPortal user = program.user("phone").socks(1080).door(5432, "db.internal", 5432);
            String name = program.toString().split(" ", 2)[0].toLowerCase(Locale.ROOT);
            all.put(name + "-user-vmess", user.write(vmess));
            all.put(name + "-user-vless", user.write(vless));
            if (!name.equals("v2ray")) {
                all.put(name + "-user-shadowsocks-2022", user.write(shadowsocks));
            }
        }
    }

    private static void usersByTls(Map<String, String> all) {
        PortalEnd portal = portal(Vless.server(1024)
                .user("phone", ID)
                .clientOnly()
                .transport(WebSocket.server("/tunnel").host("front.example.com").over(TLS)));
        all.put("xray-user-vless-websocket-tls", Peers.xray(HOST).socks(1080).write(portal));
        all.put(
                "sing-box-user-vless-websocket-tls",
                Peers.singBox(HOST).socks(1080).write(portal));
    }

    private static void portals(Map<String, String> all) {
        PeerOfBridge v2ray = Peers.v2ray().visitors(80);
        all.put(
                "v2ray-portal-vmess",
                v2ray.write(bridge(DOMAIN, Vmess.client(HOST, 1024).user(ID))));
        all.put(
                "v2ray-portal-vless",
                v2ray.visitors(5432, "db.internal", 5432)
                        .tcpAndUdp()
                        .address("192.0.2.1")
                        .write(bridge(DOMAIN, Vless.client(HOST, 1024).user(ID).insecure())));
        all.put(
                "v2ray-portal-shadowsocks",
                v2ray.write(bridge(
                        DOMAIN,
                        Shadowsocks.client(HOST, 1024)
                                .method(ShadowsocksMethod.CHACHA20_IETF_POLY1305)
                                .password("correct horse"))));
        all.put(
                "v2ray-portal-vmess-websocket-tls",
                v2ray.certificate("/etc/v2ray/fullchain.pem", "/etc/v2ray/privkey.pem")
                        .write(bridge(
                                DOMAIN,
                                Vmess.client(HOST, 1024)
                                        .user(ID)
                                        .transport(WebSocket.client("/tunnel").over(Tls.client())))));
        all.put(
                "xray-portal-vless-tls",
                Peers.xray()
                        .visitors(80)
                        .certificate("/etc/xray/fullchain.pem", "/etc/xray/privkey.pem")
                        .write(bridge(
                                null,
                                Vless.client(HOST, 1024).user(ID).reverse().transport(Tls.client()))));
        all.put(
                "xray-portal-vless",
                Peers.xray()
                        .visitors(80)
                        .write(bridge(
                                null,
                                Vless.client(HOST, 1024).user(ID).insecure().reverse())));
    }

    static ShadowsocksServer shadowsocks(ShadowsocksMethod method) {
        return Shadowsocks.server(1024)
                .method(method)
                .user("phone", key(method.toString().startsWith("2022") ? 1 : 2));
    }

    /** A key of 16 bytes. */
    static String key(int fill) {
        byte[] key = new byte[16];
        Arrays.fill(key, (byte) fill);
        return Base64.getEncoder().encodeToString(key);
    }

    /** A portal with bridges and users at one port, visitors at another. */
    static PortalEnd portal(CarrierServer<?> server) {
        return new PortalEnd(
                "edge",
                DOMAIN,
                List.of(
                        new PortalEnd.Listening("visitors", Inbound.port(80), 80),
                        new PortalEnd.Listening("tunnels", server, 1024)));
    }

    static BridgeEnd bridge(@Nullable String domain, Outbound portal) {
        return new BridgeEnd("shop", List.of(new BridgeEnd.Dialled("shop", domain, portal)));
    }
}
