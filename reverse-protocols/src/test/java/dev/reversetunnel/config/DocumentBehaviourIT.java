package dev.reversetunnel.config;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.TestCertificate;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What parts of a document do, seen from outside. */
class DocumentBehaviourIT {
    private static final String ID = "27848739-7e62-4138-9fd3-098a63964b6b";

    private final Origin origin = Origin.start();

    @AfterEach
    void close() {
        origin.close();
    }

    /** Port 1 is asked for, or a host that nobody knows. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "nobody.invalid | 1    | 'redirect': '127.0.0.1:PORT'",
                "nobody.invalid | PORT | 'redirect': '127.0.0.1:0'",
                "127.0.0.1      | 1    | 'redirect': ':PORT'",
                "127.0.0.1      | PORT | 'redirect': ''",
                "localhost      | PORT | 'domainStrategy': 'UseIPv4'",
                "localhost      | PORT | 'domainStrategy': 'ForceIPv4v6', 'userLevel': 0",
                "localhost      | PORT | 'domainStrategy': 'UseIP', 'finalRules': [{'action': 'allow'}]"
            })
    void freedom_dials_what_it_is_told_to(String host, String port, String settings) throws Exception {
        String target = "'address': '" + host + "', 'port': " + port;
        try (ReverseTunnel node = node("'inbounds': [" + door("in", target) + "], 'outbounds': [{'protocol': 'freedom',"
                + " 'settings': {" + settings + "}}]")) {
            then(Client.get(node.port("in"))).isEqualTo(Origin.BODY);
        }
    }

    @Test
    void freedom_dials_no_address_of_the_other_family_if_it_must_not() throws Exception {
        try (ReverseTunnel node = node("'inbounds': [" + door("in", "'address': 'ip4-only.invalid', 'port': PORT")
                + "], 'outbounds': [{'protocol': 'freedom', 'settings': {'domainStrategy': 'ForceIPv6'}}]")) {
            thenThrownBy(() -> Client.get(node.port("in"))).isInstanceOf(IOException.class);
            then(origin.accepted()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void freedom_tells_the_server_who_comes(int version) throws Exception {
        try (Origin behind = Origin.behindProxy();
                ReverseTunnel node = node("'inbounds': [" + door("in", "'address': 'x.invalid', 'port': 1")
                        + "], 'outbounds': [{'protocol': 'freedom', 'settings': {'redirect': '" + behind.address()
                        + "', 'proxyProtocol': " + version + "}}]")) {
            then(Client.get(node.port("in"))).isEqualTo(Origin.BODY);
            then(behind.proxied()).hasSize(1);
        }
    }

    @Test
    void a_blackhole_answers_with_403_and_closes() throws Exception {
        try (ReverseTunnel node = node("'inbounds': [" + door("in", "'address': '127.0.0.1', 'port': PORT")
                        + "], 'outbounds': [{'protocol': 'blackhole', 'settings': {'response': {'type': 'http'}}}]");
                Socket silent = Client.connect(node.port("in"))) {
            String answer = new String(silent.getInputStream().readAllBytes(), US_ASCII);
            then(answer)
                    .startsWith("HTTP/1.1 403 Forbidden\r\n")
                    .endsWith("\r\n\r\n")
                    .contains("Content-Length: 0\r\n");
            then(origin.accepted()).isZero();
        }
    }

    @Test
    void strangers_at_vless_go_to_the_fallback_which_is_told_of_them() throws Exception {
        try (Origin behind = Origin.behindProxy();
                ReverseTunnel node = node("'inbounds': [{'tag': 'in', 'listen': '127.0.0.1', 'port': 0, 'protocol':"
                        + " 'vless', 'settings': {'clients': [{'id': '" + ID + "'}], 'decryption': 'none', 'fallbacks':"
                        + " [{'dest': '" + behind.port()
                        + "', 'xver': 1}]}}], 'outbounds': [{'protocol': 'freedom'}]")) {
            then(Client.get(node.port("in"))).isEqualTo(Origin.BODY);
            then(behind.proxied()).hasSize(1);
        }
    }

    @Test
    void a_range_of_ports_is_one_inbound_to_rules() throws Exception {
        int first = Ports.free();
        int second = Ports.free();
        try (ReverseTunnel node = node("'inbounds': [{'tag': 'in', 'listen': '127.0.0.1', 'port': '" + first + ","
                + second + "', 'protocol': 'dokodemo-door', 'settings': {'address': '127.0.0.1', 'port': PORT}}],"
                + " 'outbounds': [{'protocol': 'blackhole'}, {'tag': 'out', 'protocol': 'freedom'}],"
                + " 'routing': {'rules': [{'inboundTag': 'in', 'outboundTag': 'out'}]}")) {
            then(node.port("in")).isEqualTo(first);
            then(Client.get(first)).isEqualTo(Origin.BODY);
            then(Client.get(second)).isEqualTo(Origin.BODY);
        }
    }

    @Test
    void sniffing_shows_hosts_to_rules() throws Exception {
        try (ReverseTunnel node = node("'inbounds': [{'tag': 'in', 'listen': '127.0.0.1', 'port': 0, 'protocol':"
                + " 'dokodemo-door', 'settings': {'address': '127.0.0.1', 'port': PORT}, 'sniffing': {'enabled': true,"
                + " 'destOverride': ['http', 'tls'], 'routeOnly': true}}],"
                + " 'outbounds': [{'protocol': 'blackhole'}, {'tag': 'out', 'protocol': 'freedom'}],"
                + " 'routing': {'rules': [{'domain': ['full:origin'], 'protocol': ['http'], 'outboundTag': 'out'}]}")) {
            then(Client.get(node.port("in"))).isEqualTo(Origin.BODY);
        }
    }

    /** Through SOCKS5, and through another carrier; with TLS above and without. */
    @ParameterizedTest
    @CsvSource({"socks, false", "socks, true", "vmess, false", "vmess, true", "shadowsocks, true"})
    void an_outbound_dials_through_another_one(String middle, boolean tls) throws Exception {
        TestCertificate certificate = TestCertificate.create();
        String server = tls
                ? ", 'streamSettings': {'security': 'tls', 'tlsSettings': {'certificates': [{'certificateFile': '"
                        + certificate.chain() + "', 'keyFile': '" + certificate.key() + "'}]}}"
                : "";
        String client = tls
                ? ", 'streamSettings': {'security': 'tls', 'tlsSettings': {'disableSystemRoot': true, 'certificates':"
                        + " [{'usage': 'verify', 'certificateFile': '" + certificate.authority() + "'}]}, 'sockopt':"
                        + " {'dialerProxy': 'middle'}}"
                : ", 'proxySettings': {'tag': 'middle'}";
        try (ReverseTunnel far = node("'inbounds': [" + inbound("in", "vless", server) + ","
                        + inbound("middle", middle, "") + "], 'outbounds': [{'tag': 'out', 'protocol': 'freedom'}]");
                ReverseTunnel near = node("'inbounds': [" + door("door", "'address': '127.0.0.1', 'port': PORT")
                        + "], 'outbounds': [" + outbound("vless", far.port("in"), client) + ", "
                        + outbound(middle, far.port("middle"), ", 'tag': 'middle'") + "]")) {
            then(Client.get(near.port("door"))).isEqualTo(Origin.BODY);
            then(Client.upload(near.port("door"), 200_000, 3)).isEqualTo(Client.sha256(200_000, 3));
            then(Client.download(near.port("door"), 200_000, 4).sha256()).isEqualTo(Client.sha256(200_000, 4));
        }
    }

    @Test
    void servers_of_one_outbound_take_turns() throws Exception {
        try (ReverseTunnel one = node("'inbounds': [" + inbound("in", "vmess", "") + "], 'outbounds': [{'protocol':"
                        + " 'freedom'}]");
                Origin other = Origin.start();
                ReverseTunnel two = node("'inbounds': [" + inbound("in", "vmess", "") + "], 'outbounds': [{'protocol':"
                        + " 'freedom', 'settings': {'redirect': '" + other.address() + "'}}]");
                ReverseTunnel near = node("'inbounds': [" + door("door", "'address': '127.0.0.1', 'port': PORT")
                        + "], 'outbounds': [{'protocol': 'vmess', 'settings': {'vnext': [" + vnext(one) + ", "
                        + vnext(two)
                        + "]}}]")) {
            for (int i = 0; i < 4; i++) {
                then(Client.get(near.port("door"))).isEqualTo(Origin.BODY);
            }
            then(origin.accepted()).isEqualTo(2);
            then(other.accepted()).isEqualTo(2);
        }
    }

    @Test
    void a_bridge_registers_by_vless_reverse_without_any_rule_for_it() throws Exception {
        try (ReverseTunnel portal = node("'inbounds': [" + door("door", "'address': '127.0.0.1', 'port': PORT")
                        + ", {'tag': 'in', 'listen': '127.0.0.1', 'port': 0, 'protocol': 'vless', 'settings': {'clients':"
                        + " [{'id': '" + ID + "', 'reverse': {'tag': 'portal'}}], 'decryption': 'none'}}],"
                        + " 'outbounds': [{'protocol': 'blackhole'}],"
                        + " 'routing': {'rules': [{'inboundTag': ['door'], 'outboundTag': 'portal'}]}");
                ReverseTunnel bridge = node("'outbounds': [{'protocol': 'blackhole'}, {'tag': 'out', 'protocol':"
                        + " 'freedom', 'settings': {'redirect': '127.0.0.1:PORT'}}, {'protocol': 'vless', 'settings':"
                        + " {'address': '127.0.0.1', 'port': " + portal.port("in") + ", 'id': '" + ID
                        + "', 'encryption': 'none', 'reverse': {'tag': 'bridge'}}}],"
                        + " 'routing': {'rules': [{'inboundTag': ['bridge'], 'outboundTag': 'out'}]}")) {
            bridge.ready("bridge").get(20, TimeUnit.SECONDS);
            then(Client.get(portal.port("door"))).isEqualTo(Origin.BODY);
        }
    }

    private ReverseTunnel node(String parts) throws Exception {
        String document = "{" + parts.replace("PORT", String.valueOf(origin.port())) + "}";
        return Document.parse(document.replace('\'', '"')).node().start();
    }

    private static String door(String tag, String target) {
        return "{'tag': '" + tag + "', 'listen': '127.0.0.1', 'port': 0, 'protocol': 'dokodemo-door', 'settings': {"
                + target + "}}";
    }

    private static String inbound(String tag, String protocol, String more) {
        String settings = switch (protocol) {
            case "vless" -> "'clients': [{'id': '" + ID + "'}], 'decryption': 'none'";
            case "vmess" -> "'clients': [{'id': '" + ID + "'}]";
            case "shadowsocks" -> "'method': 'aes-128-gcm', 'password': '" + ID + "'";
            default -> "'auth': 'noauth'";
        };
        return "{'tag': '" + tag + "', 'listen': '127.0.0.1', 'port': 0, 'protocol': '" + protocol + "', 'settings': {"
                + settings + "}" + more + "}";
    }

    private static String outbound(String protocol, int port, String more) {
        String settings = switch (protocol) {
            case "vless" -> ", 'id': '" + ID + "', 'encryption': 'none'";
            case "vmess" -> ", 'id': '" + ID + "'";
            case "shadowsocks" -> ", 'method': 'aes-128-gcm', 'password': '" + ID + "'";
            default -> "";
        };
        return "{'protocol': '" + protocol + "', 'settings': {'address': '127.0.0.1', 'port': " + port + settings + "}"
                + more + "}";
    }

    private static String vnext(ReverseTunnel server) {
        return "{'address': '127.0.0.1', 'port': " + server.port("in") + ", 'users': [{'id': '" + ID + "'}]}";
    }
}
