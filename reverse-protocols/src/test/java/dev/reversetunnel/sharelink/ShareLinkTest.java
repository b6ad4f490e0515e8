package dev.reversetunnel.sharelink;

import static org.assertj.core.api.BDDAssertions.catchThrowable;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.agreement.ClientAgreement;
import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.foreign.Carriage;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.tls.TlsClient;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.vmess.VmessClient;
import dev.reversetunnel.vmess.VmessSecurity;
import dev.reversetunnel.websocket.WebSocket;
import dev.reversetunnel.websocket.WebSocketClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShareLinkTest {
    private static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");
    private static final String KEY = "xF3QmRfVxYz0mBqHq5uDpQ==";
    private static final String KEY_ESCAPED = "xF3QmRfVxYz0mBqHq5uDpQ%3D%3D";
    private static final int ROUNDS = 2_000;

    // ---- ss:// ----

    static Stream<Arguments> shadowsocks() {
        return Stream.of(
                // the two examples of SIP002
                arguments(
                        "ss://YWVzLTEyOC1nY206dGVzdA@192.168.100.1:8888#Example1",
                        "Example1",
                        "192.168.100.1",
                        8888,
                        "aes-128-gcm",
                        "test"),
                arguments(
                        "ss://2022-blake3-aes-128-gcm:" + KEY_ESCAPED + "@192.168.100.1:8888#Example3",
                        "Example3",
                        "192.168.100.1",
                        8888,
                        "2022-blake3-aes-128-gcm",
                        KEY),
                // with padding, with escaped padding, in the alphabet for URLs and in the other one
                arguments("ss://YWVzLTEyOC1nY206dGVzdA==@h:1", "", "h", 1, "aes-128-gcm", "test"),
                arguments("ss://YWVzLTEyOC1nY206dGVzdA%3D%3D@h:1", "", "h", 1, "aes-128-gcm", "test"),
                arguments("ss://" + url("aes-256-gcm:a?>b~~") + "@h:1", "", "h", 1, "aes-256-gcm", "a?>b~~"),
                arguments("ss://" + base64("aes-256-gcm:a?>b~~") + "@h:1", "", "h", 1, "aes-256-gcm", "a?>b~~"),
                // in plain text, escaped
                arguments("ss://aes-256-gcm:p%40ss%3Aw%2Frd%23%25@h:1", "", "h", 1, "aes-256-gcm", "p@ss:w/rd#%"),
                arguments("ss://aes-256-gcm:a+b@h:1", "", "h", 1, "aes-256-gcm", "a+b"),
                // a colon in a password
                arguments("ss://" + url("aes-256-gcm:a:b") + "@h:1", "", "h", 1, "aes-256-gcm", "a:b"),
                // two keys of the edition of 2022
                arguments(
                        "ss://2022-blake3-aes-128-gcm:" + KEY_ESCAPED + "%3A" + KEY_ESCAPED + "@h:1",
                        "",
                        "h",
                        1,
                        "2022-blake3-aes-128-gcm",
                        KEY + ":" + KEY),
                // IPv6, a slash behind the port, an empty plugin, a name with escapes
                arguments(
                        "ss://YWVzLTEyOC1nY206dGVzdA@[2001:db8::1]:8388",
                        "",
                        "2001:db8::1",
                        8388,
                        "aes-128-gcm",
                        "test"),
                arguments(
                        "ss://YWVzLTEyOC1nY206dGVzdA@h:1/?plugin=#a%20b%E2%82%AC",
                        "a b€", "h", 1, "aes-128-gcm", "test"),
                arguments("SS://YWVzLTEyOC1nY206dGVzdA@h:1/", "", "h", 1, "aes-128-gcm", "test"),
                // the form of before SIP002: all of it in Base64, whatever is in the password
                arguments(
                        "ss://" + base64("aes-128-gcm:te/st@x@h.example:8388") + "#old",
                        "old",
                        "h.example",
                        8388,
                        "aes-128-gcm",
                        "te/st@x"));
    }

    @ParameterizedTest
    @MethodSource("shadowsocks")
    void reads_shadowsocks(String link, String name, String host, int port, String method, String password) {
        ShareLink read = ShareLink.parse(link);
        then(read.name()).isEqualTo(name);
        then(read.link()).isEqualTo(link);
        then(read.warnings()).isEmpty();
        ClientAgreement agreed = agreed(read.outbound());
        then(agreed.server()).isEqualTo(Destination.tcp(host, port));
        Credentials.Shadowsocks user = (Credentials.Shadowsocks) agreed.credentials();
        then(user.method()).isEqualTo(method);
        then(user.password()).isEqualTo(password);
    }

    @Test
    void writes_shadowsocks_as_sip002_has_it() {
        then(ShareLink.of(
                                "Example 1",
                                Shadowsocks.client("192.168.100.1", 8888)
                                        .method(ShadowsocksMethod.AES_128_GCM)
                                        .password("test"))
                        .link())
                .isEqualTo("ss://YWVzLTEyOC1nY206dGVzdA@192.168.100.1:8888#Example%201");
        then(ShareLink.of("", Shadowsocks.client("::1", 8888).password(KEY)).link())
                .isEqualTo("ss://2022-blake3-aes-128-gcm:" + KEY_ESCAPED + "@[::1]:8888#");
    }

    // ---- vless:// ----

    static Stream<Arguments> vless() {
        return Stream.of(
                arguments("", "tcp", Transport.tcp()),
                arguments("?encryption=none&type=tcp&security=none", "", Transport.tcp()),
                arguments("?type=raw&flow=&headerType=none", "", Transport.tcp()),
                arguments("?security=tls", "", Tls.client()),
                arguments(
                        "?security=tls&sni=a.example&alpn=h2%2Chttp%2F1.1",
                        "", Tls.client().serverName("a.example").alpn("h2", "http/1.1")),
                arguments("?security=tls&alpn=,h2,,,x,,", "", Tls.client().alpn("h2", "x")),
                arguments("?security=tls&alpn=,,", "", Tls.client()),
                // SNI knows no addresses
                arguments("?security=tls&sni=192.0.2.1", "", Tls.client()),
                arguments("?type=ws", "", WebSocket.client("/")),
                arguments(
                        "?type=ws&path=%2Fray%3Fx%3D1&host=front.example",
                        "", WebSocket.client("/ray?x=1").host("front.example")),
                arguments("?type=ws&path=ray", "", WebSocket.client("/ray")),
                // a WebSocket is of HTTP/1.1
                arguments(
                        "?type=ws&security=tls&sni=a.example&alpn=h2,http/1.1",
                        "",
                        WebSocket.client("/")
                                .over(Tls.client().serverName("a.example").alpn("http/1.1"))));
    }

    @ParameterizedTest
    @MethodSource("vless")
    void reads_vless(String parameters, String name, Transport transport) {
        String link = "vless://" + ID + "@portal.example.com:443" + parameters + (name.isEmpty() ? "" : "#" + name);
        ShareLink read = ShareLink.parse(' ' + link + '\n');
        then(read.name()).isEqualTo(name);
        then(read.warnings()).isEmpty();
        thenMeets(read, new Credentials.Vless(ID), transport);
    }

    @Test
    void writes_vless_as_xray_has_it() {
        Outbound client = Vless.client("2001:db8::1", 443)
                .user(ID)
                .transport(WebSocket.client("/ray?x=1")
                        .host("front.example")
                        .over(Tls.client().serverName("a.example").alpn("http/1.1")));
        then(client).hasToString("Vless.client([2001:db8::1]:443)");
        then(ShareLink.of("zu Hause #1", client).link())
                .isEqualTo(
                        "vless://" + ID + "@[2001:db8::1]:443?encryption=none&type=ws&security=tls&path=%2Fray%3Fx%3D1"
                                + "&host=front.example&sni=a.example&alpn=http%2F1.1#zu%20Hause%20%231");
        then(ShareLink.of("", Vless.client("h", 1).user(ID).insecure()).link())
                .isEqualTo("vless://" + ID + "@h:1?encryption=none&type=tcp&security=none#");
    }

    // ---- vmess:// ----

    static Stream<Arguments> vmess() {
        String server = "'add': 'portal.example.com', 'port': '443', 'id': '" + ID + "'";
        return Stream.of(
                arguments(
                        json("'v': '2', 'ps': 'home', " + server + ", 'aid': '0', 'net': 'tcp', 'type': 'none'"),
                        "home",
                        "auto",
                        Transport.tcp()),
                // numbers that are numbers, and nothing that is not needed
                arguments(
                        json("'v': 2, " + server.replace("'443'", "443") + ", 'aid': 0"), "", "auto", Transport.tcp()),
                arguments(json(server + ", 'scy': 'aes-128-gcm', 'tls': ''"), "", "aes-128-gcm", Transport.tcp()),
                arguments(json(server + ", 'tls': 'none', 'scy': 'zero', 'sni': null"), "", "zero", Transport.tcp()),
                arguments(
                        json(server + ", 'tls': 'tls', 'sni': 'a.example'"),
                        "",
                        "auto",
                        Tls.client().serverName("a.example")),
                arguments(
                        json(
                                server
                                        + ", 'net': 'ws', 'path': '/ray', 'host': 'b.example', 'tls': 'tls', 'alpn': 'http/1.1'"),
                        "",
                        "auto",
                        WebSocket.client("/ray")
                                .host("b.example")
                                .over(Tls.client().alpn("http/1.1"))),
                // without padding, in the alphabet for URLs, with a name behind it
                arguments(
                        "vmess://" + url("{\"ps\":\"~~??>>\"," + server.replace('\'', '"') + "}"),
                        "~~??>>",
                        "auto",
                        Transport.tcp()),
                arguments(json(server) + "#outside", "outside", "auto", Transport.tcp()),
                // the form of VLESS' links
                arguments(
                        "vmess://" + ID + "@portal.example.com:443?encryption=chacha20-poly1305&type=ws&path=%2Fray#x",
                        "x",
                        "chacha20-poly1305",
                        WebSocket.client("/ray")),
                arguments("vmess://" + ID + "@portal.example.com:443", "", "auto", Transport.tcp()));
    }

    @ParameterizedTest
    @MethodSource("vmess")
    void reads_vmess(String link, String name, String security, Transport transport) {
        ShareLink read = ShareLink.parse(link);
        then(read.name()).isEqualTo(name);
        then(read.warnings()).isEmpty();
        thenMeets(read, new Credentials.Vmess(ID, security, false), transport);
    }

    @Test
    void reads_vmess_at_an_ipv6_address() {
        for (String host : List.of("2001:db8::1", "[2001:db8::1]")) {
            ShareLink read = ShareLink.parse(json("'add': '" + host + "', 'port': 443, 'id': '" + ID + "'"));
            then(agreed(read.outbound()).server()).isEqualTo(Destination.tcp("2001:db8::1", 443));
        }
    }

    @Test
    void writes_vmess_as_v2rayn_has_it() {
        String link = ShareLink.of(
                        "home",
                        Vmess.client("portal.example.com", 443)
                                .user(ID)
                                .security(VmessSecurity.CHACHA20_POLY1305)
                                .transport(WebSocket.client("/ray").over(Tls.client())))
                .link();
        then(link).startsWith("vmess://");
        then(new String(Base64.getDecoder().decode(link.substring(8)), StandardCharsets.UTF_8).replaceAll("\\s+", ""))
                .isEqualTo("{\"v\":\"2\",\"ps\":\"home\",\"add\":\"portal.example.com\",\"port\":\"443\",\"id\":\"" + ID
                        + "\",\"aid\":\"0\",\"scy\":\"chacha20-poly1305\",\"type\":\"none\",\"net\":\"ws\",\"tls\":\"tls\","
                        + "\"path\":\"/ray\"}");
    }

    // ---- both ways ----

    @Test
    void what_is_written_reads_the_same() {
        Random random = new Random(1);
        for (int i = 0; i < ROUNDS; i++) {
            String name = text(random);
            Outbound client = client(random);
            ShareLink written = ShareLink.of(name, client);
            ShareLink read = ShareLink.parse(written.link());
            then(read.name()).isEqualTo(name);
            then(read.warnings()).isEmpty();
            ClientAgreement agreed = agreed(client);
            then(agreed(read.outbound()).server()).isEqualTo(agreed.server());
            thenMeets(read, agreed.credentials(), agreed.transport());
            then(ShareLink.of(name, read.outbound()).link()).isEqualTo(written.link());
        }
    }

    private static Outbound client(Random random) {
        String host =
                List.of("portal.example.com", "10.1.2.3", "2001:db8::1", "h").get(random.nextInt(4));
        int port = 1 + random.nextInt(65_535);
        UUID id = new UUID(random.nextLong(), random.nextLong());
        TlsClient tls = random.nextBoolean()
                ? Tls.client()
                : Tls.client().serverName("a.example").alpn("http/1.1");
        WebSocketClient socket = WebSocket.client("/x" + text(random).replaceAll("[^a-z0-9/?=&+:@!$'()*,]", "x"));
        Transport transport = List.of(
                        Transport.tcp(), tls, socket, socket.host("b.example").over(tls))
                .get(random.nextInt(4));
        return switch (random.nextInt(4)) {
            case 0 -> Vless.client(host, port).user(id).insecure().transport(transport);
            case 1 -> {
                VmessSecurity security = VmessSecurity.values()[random.nextInt(VmessSecurity.values().length)];
                VmessClient client =
                        Vmess.client(host, port).user(id).security(security).insecure();
                yield client.transport(transport);
            }
            case 2 -> {
                byte[] key = new byte[16];
                random.nextBytes(key);
                yield Shadowsocks.client(host, port)
                        .password(Base64.getEncoder().encodeToString(key));
            }
            default ->
                Shadowsocks.client(host, port)
                        .method(ShadowsocksMethod.CHACHA20_IETF_POLY1305)
                        .password("p" + text(random));
        };
    }

    /** With what means something in links, and with what is of more than one byte. */
    private static String text(Random random) {
        String letters = "az09 :/?#[]@!$&'()*+,;=%-_.~\"\\{}<>|^`äß€漢😀";
        int[] points = letters.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            text.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return text.toString();
    }

    // ---- what has no effect, and what is refused ----

    @ParameterizedTest
    @CsvSource({
        "fp=chrome, fp has no effect: a ClientHello looks as Java makes it",
        "packetEncoding=xudp, packetEncoding has no effect: datagrams go as the protocol has them",
        "ed=2048, ed has no effect: nothing is sent before the answer"
    })
    void warns_of_what_does_no_harm(String parameter, String warning) {
        then(ShareLink.parse("vless://" + ID + "@h:1?" + parameter).warnings()).containsExactly(warning);
    }

    static Stream<Arguments> refused() {
        String vless = "vless://" + ID + "@h:1";
        String server = "'add': 'h', 'port': 1, 'id': '" + ID + "'";
        return Stream.of(
                arguments("http://h:1", "link: begins with \"http://\" (expected: vmess://, vless:// or ss://)"),
                arguments("h:1", "link: begins with \"\" (expected: vmess://, vless:// or ss://)"),
                arguments("", "link: begins with \"\" (expected: vmess://, vless:// or ss://)"),
                // what would be another client
                arguments(
                        "ss://YWVzLTEyOC1nY206dGVzdA@h:1/?plugin=obfs-local%3Bobfs%3Dhttp",
                        "plugin: not supported (expected: a server without a plugin; or vless:// by WebSocket and TLS)"),
                arguments(vless + "?flow=xtls-rprx-vision", "flow: not supported (expected: a user without a flow)"),
                arguments(vless + "?security=reality&pbk=x", "security: \"reality\" (expected: tls or none)"),
                arguments(
                        vless + "?security=tls&allowInsecure=1",
                        "allowInsecure: not supported (expected: a certificate that is trusted; or a document that pins it)"),
                arguments(vless + "?type=grpc&serviceName=x", "type: \"grpc\" (expected: tcp or ws)"),
                arguments(vless + "?headerType=http", "headerType: not supported (expected: none)"),
                arguments(
                        vless + "?encryption=mlkem768x25519plus.native",
                        "encryption: VLESS' own is not supported (expected: none, and TLS)"),
                arguments(vless + "?novelty=1", "novelty: not supported (expected: a link without it)"),
                arguments(vless + "?a%20b%0A=1", "a parameter: not supported (expected: a link without it)"),
                arguments(vless + "?type=ws&type=tcp", "type: twice (expected: once)"),
                arguments(json(server + ", 'aid': 64"), "aid: the header of before 2021 (expected: 0, at both ends)"),
                arguments(
                        json(server + ", 'scy': 'rc4'"),
                        "scy: \"rc4\" (expected: auto, aes-128-gcm, chacha20-poly1305, none, zero)"),
                arguments(json(server + ", 'net': 'kcp'"), "net: \"kcp\" (expected: tcp or ws)"),
                arguments(json(server + ", 'type': 'http'"), "type: not supported (expected: none)"),
                arguments(json(server + ", 'more': {'a': 1}"), "more: not supported (expected: a link without it)"),
                // broken
                arguments("vless://h:1", "id: missing (expected: a UUID before the @)"),
                arguments("vless://@h:1", "id: missing (expected: a UUID before the @)"),
                arguments(vless.replace(":1", ""), "server: no port (expected: host:port behind the @, port 1~65535)"),
                arguments(
                        vless.replace(":1", ":0"), "server: no port (expected: host:port behind the @, port 1~65535)"),
                arguments(
                        vless.replace(":1", ":70000"),
                        "server: no port (expected: host:port behind the @, port 1~65535)"),
                arguments("vless://" + ID + "@:1", "server: no host (expected: a name or an IP address)"),
                arguments("vless://" + ID + "@[::1:1", "server: no host (expected: a name or an IP address)"),
                arguments(vless + "#50%", "link: a % that begins no escape (expected: %25 for itself)"),
                arguments(
                        "vmess://" + base64("[]"),
                        "link: no JSON in Base64 behind vmess:// (expected: that, or id@host:port?...)"),
                arguments(
                        "vmess://" + base64("{\"add\": "),
                        "link: no JSON in Base64 behind vmess:// (expected: that, or id@host:port?...)"),
                arguments("vmess://%", "link: no JSON in Base64 behind vmess:// (expected: that, or id@host:port?...)"),
                arguments(json("'add': 'h', 'port': 1"), "id: missing (expected: a UUID)"),
                arguments(
                        json("'id': '" + ID + "', 'add': 'h'"),
                        "server: no port (expected: host:port behind the @, port 1~65535)"),
                arguments("ss://h:1", "link: no server (expected: ss://method:password@host:port)"),
                arguments(
                        "ss://" + base64("aes-128-gcm") + "@h:1",
                        "user: no colon (expected: method:password, or that in Base64)"),
                arguments(
                        "ss://rc4-md5:x@h:1",
                        "method: unknown (expected: 2022-blake3-aes-128-gcm, 2022-blake3-aes-256-gcm,"
                                + " 2022-blake3-chacha20-poly1305, aes-128-gcm, aes-256-gcm or chacha20-ietf-poly1305)"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refuses_what_it_cannot_be(String link, String message) {
        thenThrownBy(() -> ShareLink.parse(link))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vless://s3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t@h:1",
                "vless://s3cr3t-s3cr3t@h",
                "vless://s3cr3t%s3cr3t@h:1",
                "vless://s3cr3t-s3cr3t",
                "vmess://s3cr3t-s3cr3t@h:1?type=quic",
                "ss://2022-blake3-aes-128-gcm:s3cr3t@h:1",
                "ss://s3cr3t@h:1",
                "ss://s3cr3t:s3cr3t@h:1",
                "ss://aes-128-gcm:s3cr3t",
                "ss://aes-128-gcm:p@s3cr3t:x@h"
            })
    void never_repeats_a_secret(String link) {
        Throwable refusal = catchThrowable(() -> ShareLink.parse(link));
        then(refusal).isInstanceOf(IllegalArgumentException.class);
        for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
            then(cause.toString()).doesNotContain("s3cr3t");
        }
    }

    @Test
    void shows_no_secret() {
        then(ShareLink.parse("ss://aes-128-gcm:s3cr3t-s3cr3t-s3cr3t@h:1#home").toString())
                .contains("home", "h:1")
                .doesNotContain("s3cr3t");
        then(ShareLink.parse("vless://" + ID + "@h:1").toString()).doesNotContain(ID.toString());
    }

    static Stream<Arguments> unspeakable() {
        return Stream.of(
                arguments(
                        Vless.client("h", 1).user(ID).insecure().reverse(),
                        "reverse: a link cannot say it (expected: a client without reverse())"),
                arguments(
                        Vmess.client("h", 1).user(ID).authenticatedLength(true),
                        "authenticatedLength: a link cannot say it (expected: false)"),
                arguments(
                        Shadowsocks.client("h", 1).password(KEY).transport(Tls.client()),
                        "transport: links of Shadowsocks know TCP only (expected: that; or VLESS)"),
                arguments(
                        Vless.client("h", 1).user(ID).transport(Tls.client().pin("ab".repeat(32))),
                        "trust, pin, certificate: a link cannot say them (expected: a server with a certificate that"
                                + " everybody trusts; or a document)"),
                arguments(
                        Socks5.client("h", 1),
                        "expected: one of VMess, VLESS or Shadowsocks, with its user or password"),
                arguments(
                        Vless.client("h", 1),
                        "expected: one of VMess, VLESS or Shadowsocks, with its user or password"));
    }

    @ParameterizedTest
    @MethodSource("unspeakable")
    void writes_no_link_that_says_less_than_the_client(Outbound client, String message) {
        thenThrownBy(() -> ShareLink.of("x", client))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private static void thenMeets(ShareLink link, Credentials credentials, Transport transport) {
        ClientAgreement agreed = agreed(link.outbound());
        then(agreed.credentials()).isEqualTo(credentials);
        then(agreed.byCommand()).isFalse();
        then(said(agreed.transport())).isEqualTo(said(transport));
    }

    /** Transports are no values; what they tell others is. */
    private static String said(Transport transport) {
        Carriage carriage = Carriage.of(transport, "client", "a test");
        return carriage.webSocket() + " over " + carriage.tls();
    }

    private static ClientAgreement agreed(Outbound client) {
        return (ClientAgreement) client.agreement().orElseThrow();
    }

    private static String json(String members) {
        return "vmess://" + base64(('{' + members + '}').replace('\'', '"'));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String url(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
