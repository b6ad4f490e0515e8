package dev.reversetunnel.peerconfig;

import static dev.reversetunnel.peerconfig.Documents.DOMAIN;
import static dev.reversetunnel.peerconfig.Documents.HOST;
import static dev.reversetunnel.peerconfig.Documents.ID;
import static dev.reversetunnel.peerconfig.Documents.OTHER;
import static dev.reversetunnel.peerconfig.Documents.bridge;
import static dev.reversetunnel.peerconfig.Documents.portal;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.BridgeEnd;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.PortalEnd;
import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vless.VlessClient;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.vmess.VmessClient;
import dev.reversetunnel.vmess.VmessServer;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What another program cannot do is said here, together with the way out. */
class RefusalsTest {
    private static final VmessServer SERVER = Vmess.server(1024).user("shop", ID);
    private static final VmessClient CLIENT = Vmess.client(HOST, 1024).user(ID);
    private static final VlessClient REVERSE =
            Vless.client(HOST, 1024).user(ID).insecure().reverse();

    @Test
    void sing_box_is_no_bridge() {
        refused(() -> Peers.singBox(HOST).forward("127.0.0.1", 80), "sing-box knows no reverse tunnels", "Peers.v2ray");
        refused(() -> Peers.singBox(HOST).direct(), "sing-box knows no reverse tunnels");
    }

    @Test
    void v2ray_knows_no_reverse_by_vless() {
        PeerOfPortal v2ray = Peers.v2ray(HOST).forward("127.0.0.1", 80);
        refused(
                () -> v2ray.write(portal(Vless.server(1024).reverseUser("shop", ID))),
                "registers no tunnels by a domain",
                "call user(...)",
                "Peers.xray(...)");
        refused(() -> Peers.v2ray().visitors(80).write(bridge(null, REVERSE)), "leave out reverse()", "Peers.xray()");
    }

    @Test
    void xray_knows_reverse_by_vless_only() {
        PeerOfPortal xray = Peers.xray(HOST).forward("127.0.0.1", 80);
        refused(() -> xray.write(portal(SERVER)), "reverseUser(...)", "Peers.v2ray(...)");
        refused(() -> Peers.xray().visitors(80).write(bridge(DOMAIN, CLIENT)), "Vless.client(...).reverse()");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"portal.example.com", "8.8.8.8", "2606:4700::1111", "172.32.0.1", "100.128.0.1", "a.internal.com"
            })
    void xray_sends_vless_in_clear_to_no_public_place(String host) {
        PeerOfPortal xray = Peers.xray(host).forward("127.0.0.1", 80);
        refused(
                () -> xray.write(portal(Vless.server(1024).insecure().reverseUser("shop", ID))),
                host + " is public",
                "a TLS transport");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.0.0.1",
                "172.31.0.1",
                "192.168.1.1",
                "169.254.1.1",
                "100.64.0.1",
                "100.127.255.254",
                "192.0.2.1",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "::1",
                "fd00::1",
                "fe80::1",
                "2001:db8::1",
                "portal",
                "portal.lan",
                "PORTAL.Home.Arpa",
                "portal.internal"
            })
    void xray_sends_vless_in_clear_to_private_places(String host) {
        PeerOfPortal xray = Peers.xray(host).forward("127.0.0.1", 80);
        then(xray.write(portal(Vless.server(1024).reverseUser("shop", ID)))).contains("\"vless\"");
    }

    @Test
    void v2ray_registers_by_a_domain() {
        PortalEnd portal = new PortalEnd("edge", null, portal(SERVER).inbounds());
        refused(() -> Peers.v2ray(HOST).forward("127.0.0.1", 80).write(portal), "\"edge\" has no domain");
    }

    @Test
    void v2ray_knows_no_authenticated_length() {
        refused(
                () -> Peers.v2ray().visitors(80).write(bridge(DOMAIN, CLIENT.authenticatedLength(true))),
                "authenticatedLength: true is unknown to V2Ray 4");
    }

    @Test
    void a_user_must_be_allowed_to_ask() {
        refused(() -> Peers.v2ray(HOST).socks(1080).write(portal(SERVER)), "call client() or clientOnly()");
        refused(
                () -> Peers.v2ray(HOST).forward("127.0.0.1", 80).write(portal(SERVER.clientOnly())),
                "registers no tunnels by a domain");
        refused(
                () -> Peers.xray(HOST)
                        .user("shop")
                        .socks(1080)
                        .write(portal(Vless.server(1024)
                                .reverseUser("shop", ID)
                                .user("phone", OTHER)
                                .client())),
                "user \"shop\": may not ask");
    }

    @Test
    void which_user_is_meant_must_be_clear() {
        PortalEnd two = portal(SERVER.user("store", OTHER));
        PeerOfPortal v2ray = Peers.v2ray(HOST).forward("127.0.0.1", 80);

        refused(() -> v2ray.write(two), "\"shop\" at \"tunnels\", \"store\" at \"tunnels\" (call user(...))");
        refused(() -> v2ray.user("nobody").write(two), "user: \"nobody\"", "one of \"shop\" at \"tunnels\"");
        refused(() -> v2ray.inbound("nowhere").write(two), "inbound: \"nowhere\" (expected: one of [tunnels])");
        then(v2ray.user("store").write(two)).contains(OTHER.toString()).doesNotContain(ID.toString());
    }

    @Test
    void which_server_is_meant_must_be_clear() {
        PortalEnd two = new PortalEnd(
                "edge",
                DOMAIN,
                List.of(
                        new PortalEnd.Listening("one", SERVER, 1024),
                        new PortalEnd.Listening("other", Vless.server(1025).user("shop", OTHER), 1025)));
        PeerOfPortal v2ray = Peers.v2ray(HOST).forward("127.0.0.1", 80);

        refused(() -> v2ray.user("shop").write(two), "(call user(...) and inbound(...))");
        then(v2ray.inbound("other").write(two)).contains("\"vless\"", "1025").doesNotContain("vmess");
    }

    @Test
    void which_portal_is_meant_must_be_clear() {
        BridgeEnd two = new BridgeEnd(
                "shop",
                List.of(
                        new BridgeEnd.Dialled("shop", DOMAIN, CLIENT),
                        new BridgeEnd.Dialled(
                                "shop-2", DOMAIN, Vmess.client(HOST, 1025).user(OTHER))));
        PeerOfBridge v2ray = Peers.v2ray().visitors(80);

        refused(() -> v2ray.write(two), "several could be meant: [shop, shop-2] (call bridge(...))");
        refused(() -> v2ray.bridge("shop-3").write(two), "\"shop-3\" (expected: one of [shop, shop-2])");
        then(v2ray.bridge("shop-2").write(two)).contains(OTHER.toString()).doesNotContain(ID.toString());
    }

    @Test
    void somebody_must_have_something_to_do() {
        refused(() -> Peers.v2ray(HOST).write(portal(SERVER)), "nothing to do", "forward(...)", "socks(...)");
        refused(() -> Peers.v2ray().write(bridge(DOMAIN, CLIENT)), "lets no visitors in (call visitors(...))");
        thenThrownBy(() -> Peers.v2ray(HOST).socks(1080).forward("127.0.0.1", 80))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("a bridge or a user, not both");
    }

    @Test
    void ports_are_taken_once() {
        refused(() -> Peers.singBox(HOST).socks(1080).door(1080, "db", 1), "port: 1080 is taken");
        refused(() -> Peers.v2ray().visitors(80).visitors(80, "db", 1), "port: 80 is taken");
        refused(() -> Peers.v2ray().visitors(1024).write(bridge(DOMAIN, CLIENT)), "where our bridge comes in");
        refused(() -> Peers.v2ray().visitors(0), "port: 0 (expected: 1~65535)");
    }

    @Test
    void others_know_no_transport_of_ours() {
        refused(
                () -> Peers.v2ray(HOST).forward("127.0.0.1", 80).write(portal(SERVER.transport(Transport.memory()))),
                "inbound \"tunnels\": V2Ray 4 cannot meet its transport");
        refused(
                () -> Peers.v2ray().visitors(80).write(bridge(DOMAIN, Outbound.to("127.0.0.1", 80))),
                "V2Ray 4 cannot be reached by");
    }

    @Test
    void there_is_no_certificate_without_tls() {
        refused(
                () -> Peers.v2ray(HOST)
                        .forward("127.0.0.1", 80)
                        .serverName("portal.test")
                        .write(portal(SERVER)),
                "there is no certificate to look at");
        refused(
                () -> Peers.v2ray()
                        .visitors(80)
                        .certificate("/chain.pem", "/key.pem")
                        .write(bridge(DOMAIN, CLIENT)),
                "dials without TLS");
    }

    @Test
    void there_is_no_tls_without_a_certificate() {
        VmessClient client = CLIENT.transport(Tls.client());
        refused(
                () -> Peers.v2ray().visitors(80).write(bridge(DOMAIN, client)),
                "bridge \"shop\" dials by TLS",
                "call certificate(...)");
    }

    @Test
    void a_certificate_that_only_a_context_knows_is_not_pinned() throws Exception {
        PortalEnd portal = portal(SERVER.transport(Tls.server(SSLContext.getDefault())));
        PeerOfPortal v2ray = Peers.v2ray(HOST).forward("127.0.0.1", 80);
        refused(() -> v2ray.pin().write(portal), "is in its context only", "call trust(...)");
        then(v2ray.write(portal)).contains("\"serverName\": \"" + HOST + '"');
    }

    @Test
    void no_document_holds_a_certificate_of_a_client() {
        TestCertificate certificate = TestCertificate.create();
        PortalEnd portal = portal(SERVER.transport(Documents.TLS.requireClientCertificate(certificate.authority())));
        refused(() -> Peers.v2ray(HOST).direct().write(portal), "requireClientCertificate");
        refused(() -> Peers.v2ray(HOST).trust(certificate.key()), "trust: ", "a PEM file with certificates");
    }

    @Test
    void v2ray_4_knows_no_shadowsocks_of_2022() {
        refused(
                () -> Peers.v2ray(HOST)
                        .direct()
                        .write(portal(Documents.shadowsocks(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022))),
                "method: 2022-blake3-aes-128-gcm is unknown to V2Ray 4",
                "aes-256-gcm",
                "VMess");
        refused(
                () -> Peers.v2ray()
                        .visitors(80)
                        .write(bridge(DOMAIN, Shadowsocks.client(HOST, 1024).password(Documents.key(1)))),
                "method: 2022-blake3-aes-128-gcm is unknown to V2Ray 4");
    }

    @Test
    void sing_box_speaks_shadowsocks_over_tcp_alone() {
        PortalEnd portal = portal(
                Documents.shadowsocks(ShadowsocksMethod.AES_256_GCM).client().transport(Documents.TLS));
        refused(() -> Peers.singBox(HOST).socks(1080).write(portal), "Shadowsocks over TCP alone");
        then(Peers.v2ray(HOST).socks(1080).write(portal)).contains("tlsSettings", "\"udp\": false");
    }

    @Test
    void a_proxy_on_the_way_is_nothing_that_the_other_end_sees() {
        PeerOfBridge v2ray = Peers.v2ray().visitors(80);
        then(v2ray.write(bridge(DOMAIN, CLIENT.transport(Socks5.client("proxy.lan", 1080)))))
                .isEqualTo(v2ray.write(bridge(DOMAIN, CLIENT)));
    }

    /** In whatever an application may log. */
    @Test
    void secrets_are_in_the_document_only() {
        PortalEnd portal = portal(SERVER);
        BridgeEnd bridge = bridge(DOMAIN, CLIENT);
        then(Peers.v2ray(HOST).forward("127.0.0.1", 80).write(portal)).contains(ID.toString());

        then(List.of(
                                portal,
                                bridge,
                                SERVER.agreement().orElseThrow(),
                                CLIENT.agreement().orElseThrow(),
                                REVERSE.agreement().orElseThrow(),
                                Json.object().with("id", ID.toString()),
                                Peers.v2ray(HOST).forward("127.0.0.1", 80),
                                Peers.v2ray().visitors(80))
                        .toString())
                .doesNotContain(ID.toString());
    }

    private static void refused(ThrowingCallable call, String... parts) {
        thenThrownBy(call)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(parts)
                .message()
                .doesNotContain(ID.toString(), OTHER.toString(), Documents.key(1));
    }
}
