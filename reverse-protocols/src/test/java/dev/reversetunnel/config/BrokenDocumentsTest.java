package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.catchThrowableOfType;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said to somebody whose document is wrong. */
class BrokenDocumentsTest {
    private static final String ID = "27848739-7e62-4138-9fd3-098a63964b6b";
    private static final String FREEDOM = "'outbounds': [{'tag': 'out', 'protocol': 'freedom'}]";

    @Test
    void names_line_and_column_of_a_missing_comma() {
        thenThrownBy(() -> Document.parse(Published.asPrinted("002-bridge-broken.json")))
                .isInstanceOf(DocumentException.class)
                .hasMessage("line 11, column 7: outbounds[0].tag: a comma is missing before this");
    }

    static Stream<Arguments> syntax() {
        return Stream.of(
                arguments("", "line 1, column 1: nothing (expected: an object, { ... })"),
                arguments("[]", "line 1, column 1: a list (expected: an object, { ... })"),
                arguments(
                        "{} {}",
                        "line 1, column 4: there is more after the end of the document (expected: one object;"
                                + " is a } too many?)"),
                arguments(
                        "{\n'log': {",
                        "line 2, column 9: log: the document ends too early (expected: more } or ], or a"
                                + " closing quote)"),
                arguments(
                        "{'log': {]}",
                        "line 1, column 10: log: the brackets do not fit (expected: ] for [ and } for {)"),
                arguments("{log: {}}", "line 1, column 2: no key (expected: one in double quotes)"),
                arguments("{'log' {}}", "line 1, column 8: a colon is missing between a key and its value"),
                arguments(
                        "{'log': on}",
                        "line 1, column 9: a word without quotes (expected: true, false, null, a"
                                + " number, or text in double quotes)"),
                arguments(
                        "{'log': {'loglevel': 'de\nbug'}}",
                        "line 1, column 25: log.loglevel: a text has a line break or"
                                + " a control character in it (expected: a closing double quote on its line, or an escape such as"
                                + " \\n)"),
                arguments(
                        "{'log': {'error': 'C:\\temp\\x'}}",
                        "line 1, column 28: log.error: an unknown escape in a text"
                                + " (expected: \\\\ for a backslash)"),
                arguments(
                        "{'log': {}, 'log': {}}",
                        "line 1, column 13: log: is there twice (expected: once; which of them" + " is meant?)"),
                arguments(
                        "{'log': {}, 'Log': {}}",
                        "line 1, column 1: Log: is there as \"log\" already (expected: one of" + " them)"),
                arguments(
                        "[".repeat(100),
                        "line 1, column 64: " + "[0]".repeat(64) + ": too deep, or too long a text"
                                + " (expected: at most 64 levels)"));
    }

    @ParameterizedTest
    @MethodSource("syntax")
    void says_where_it_is_no_json(String document, String message) {
        thenThrownBy(() -> Document.parse(document.replace('\'', '"')))
                .isInstanceOf(DocumentException.class)
                .hasMessage(message);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                arguments(
                        "{" + FREEDOM + ", 'inbound5': []}",
                        "line 1, column 68: inbound5: unknown key (expected: \"log\","
                                + " \"reverse\", \"transport\", \"inbound\", \"inboundDetour\", \"inbounds\", \"outbound\","
                                + " \"outboundDetour\", \"outbounds\", \"api\", \"routing\", \"policy\", \"dns\"); did you mean"
                                + " \"inbound\"?"),
                arguments(
                        out("'protocol': 'fredom'"),
                        "outbounds[0].protocol: \"fredom\" (expected: \"freedom\","
                                + " \"blackhole\", \"http\", \"shadowsocks\", \"socks\", \"vless\", \"vmess\", \"direct\", \"block\");"
                                + " did you mean \"freedom\"?"),
                arguments(
                        out("'protocol': 'trojan', 'settings': {'servers': []}"),
                        "outbounds[0].protocol: \"trojan\" is" + " not supported (expected: vless with TLS)"),
                arguments(out("'settings': {}"), "outbounds[0].protocol: missing (expected: one of \"freedom\","),
                arguments(
                        vmess("'port': 70000"),
                        "outbounds[0].settings.vnext[0].port: 70000 (expected: 0~65535, or a text"
                                + " such as \"53,443,1000-2000\")"),
                arguments(vmess("'port': true"), "vnext[0].port: true (expected: 0~65535"),
                arguments(vmess("'port': '1-2'"), "vnext[0].port: 1-2 (expected: one port, 1~65535)"),
                arguments(vmess("'port': 0"), "vnext[0].port: 0 (expected: one port, 1~65535)"),
                arguments(
                        vmess("'ports': 5"),
                        "vnext[0].ports: unknown key (expected: \"address\", \"port\", \"users\")"),
                arguments(
                        out("'protocol': 'vmess', 'settings': {'vnext': [{'address': 'a', 'port': 1, 'users': [{'id':"
                                + " 'no such id, which is a secret, however'}]}]}"),
                        "outbounds[0]: id: 38 bytes (expected: a UUID"),
                arguments(
                        out("'protocol': 'vmess', 'settings': {'vnext': [{'address': 'a', 'port': 1, 'users': [{'id': '"
                                + ID + "', 'alterId': 64}]}]}"),
                        "users[0].alterId: 64 is the header of before 2021, which anybody"
                                + " can recognise and replay (expected: 0, at both ends)"),
                arguments(
                        out("'protocol': 'vless', 'settings': {'vnext': [{'address': 'a', 'port': 1, 'users': [{'id': '"
                                + ID + "', 'encryption': 'none', 'flow': 'xtls-rprx-vision'}]}]}"),
                        "users[0].flow:"
                                + " \"xtls-rprx-vision\" is not supported (expected: no \"flow\", at both ends; tunnels gain nothing"
                                + " by it)"),
                arguments(
                        out("'protocol': 'vless', 'settings': {'vnext': [{'address': 'a', 'port': 1, 'users': [{'id': '"
                                + ID + "'}]}]}"),
                        "users[0].encryption: missing (expected: \"none\", in so many words"),
                arguments(
                        in("'protocol': 'shadowsocks', 'settings': {'method': 'rc4-md5', 'password': 'x'}"),
                        "inbounds[0].settings.method: method: \"rc4-md5\" (expected: one of 2022-blake3-aes-128-gcm"),
                arguments(
                        in("'protocol': 'shadowsocks', 'settings': {'method': '2022-blake3-aes-128-gcm', 'password':"
                                + " 'too short'}"),
                        "inbounds[0]: password of user \"settings\""),
                arguments(
                        in("'protocol': 'vmess', 'settings': {'clients': []}"),
                        "inbounds[0].settings.clients: nobody" + " (expected: one user at least)"),
                arguments(
                        in("'protocol': 'dokodemo-door', 'listen': '/run/x.sock'"),
                        "inbounds[0].listen: \"/run/x.sock\""
                                + " (expected: an IP address of this machine; Unix sockets are not supported)"),
                arguments(
                        in("'protocol': 'dokodemo-door', 'settings': {'network': 'sctp'}"),
                        "settings.network: \"sctp\"" + " (expected: \"tcp\", \"udp\" or \"tcp,udp\")"),
                arguments(
                        in("'protocol': 'socks', 'settings': {'udp': 'true'}"),
                        "inbounds[0].settings.udp: text" + " (expected: true or false)"),
                arguments(
                        rule("'port': '80'"),
                        "routing.rules[0].outboundTag: missing (expected: the tag of an outbound or"
                                + " a portal, or \"balancerTag\")"),
                arguments(
                        rule("'outboundTag': 'out'"),
                        "routing.rules[0]: no condition (expected: one at least;"
                                + " \"network\": \"tcp,udp\" is for everything)"),
                arguments(
                        rule("'port': 80, 'outboundTag': 'ou'"),
                        "routing.rules[0]: leads to \"ou\" (expected: \"out\");" + " did you mean \"out\"?"),
                arguments(
                        rule("'port': 80, 'outboundtag': 'out', 'inboundTags': ['a']"),
                        "routing.rules[0].inboundTags:" + " unknown key"),
                arguments(rule("'ip': ['300.1.1.1'], 'outboundTag': 'out'"), "routing.rules[0].ip[0]: ip:"),
                arguments(rule("'domain': ['regexp:('], 'outboundTag': 'out'"), "routing.rules[0].domain[0]:"),
                arguments(
                        "{'reverse': {'bridges': [{'tag': 'b', 'domain': '1.2.3.4'}]}, " + FREEDOM + "}",
                        "reverse.bridges[0]: domain: \"1.2.3.4\" (expected: a made-up name"),
                arguments(
                        "{" + FREEDOM + ", 'inbounds': [{'port': '5-', 'protocol': 'socks'}]}",
                        "inbounds[0].port: \"5-\"" + " (expected: 0~65535"),
                arguments(
                        "{'outbounds': [{'tag': 'a', 'protocol': 'freedom'}, {'tag': 'a', 'protocol': 'freedom'}]}",
                        "outbounds[1]: outbound \"a\" is there already (expected: a tag of its own)"),
                arguments(
                        "{'outbounds': [{'tag': 'a', 'protocol': 'socks', 'settings': {'address': 'x', 'port': 1},"
                                + " 'proxySettings': {'tag': 'a'}}]}",
                        "outbounds[0]: goes through itself"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void says_what_is_expected(String document, String piece) {
        thenThrownBy(() -> Document.parse(document.replace('\'', '"')))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining(piece)
                .hasMessageStartingWith("line 1, column ");
    }

    @Test
    void tells_all_faults_at_once_in_the_order_of_the_document() {
        String document = """
                {
                  "inbounds": [
                    {"port": 99999, "protocol": "socks"},
                    {"port": 1, "protocol": "sock"}
                  ],
                  "outbounds": [{"protocol": "freedom", "setings": {}}],
                  "routing": {"rules": [{"port": 1}]}
                }
                """;
        DocumentException wrong = catchThrowableOfType(DocumentException.class, () -> Document.parse(document));
        then(wrong.faults()).hasSize(4);
        then(wrong.faults().get(0)).startsWith("line 3, column 14: inbounds[0].port: 99999 (expected: ");
        then(wrong.faults().get(1)).startsWith("line 4, column 29: inbounds[1].protocol: \"sock\" (expected: ");
        then(wrong.faults().get(2)).startsWith("line 6, column 52: outbounds[0].setings: unknown key (expected: ");
        then(wrong.faults().get(3)).startsWith("line 7, column 25: routing.rules[0].outboundTag: missing (expected: ");
        then(wrong).hasMessage(String.join("\n", wrong.faults()));
    }

    @Test
    void never_tells_a_secret() {
        String secret = "s3cr3t-that-nobody-may-see";
        for (String document : new String[] {
            out("'protocol': 'vmess', 'settings': {'vnext': [{'address': 'a', 'port': 1, 'users': [{'id': '" + secret
                    + secret + "'}]}]}"),
            out("'protocol': 'shadowsocks', 'settings': {'servers': [{'address': 'a', 'port': 1, 'method':"
                    + " '2022-blake3-aes-128-gcm', 'password': '" + secret + "'}]}"),
            in("'protocol': 'vless', 'settings': {'clients': [{'id': '" + ID + "'}], 'decryption': '" + secret + "'}"),
            in("'protocol': 'socks', 'settings': {'auth': 'password', 'accounts': [{'user': 'a:b', 'pass': '" + secret
                    + "'}]}"),
            in("'protocol': 'vless', 'streamSettings': {'security': 'tls', 'tlsSettings': {'certificates':"
                    + " [{'certificate': ['" + secret + "'], 'key': ['" + secret
                    + "']}]}}, 'settings': {'clients': [{'id':"
                    + " '" + ID + "'}], 'decryption': 'none'}")
        }) {
            thenThrownBy(() -> Document.parse(document.replace('\'', '"')))
                    .isInstanceOf(DocumentException.class)
                    .hasMessageNotContaining(secret);
        }
    }

    private static String out(String content) {
        return "{'outbounds': [{" + content + "}]}";
    }

    private static String in(String content) {
        return "{'inbounds': [{'port': 0, " + content + "}], " + FREEDOM + "}";
    }

    private static String vmess(String port) {
        return out("'protocol': 'vmess', 'settings': {'vnext': [{'address': 'a', " + port + ", 'users': [{'id': '" + ID
                + "'}]}]}");
    }

    private static String rule(String content) {
        return "{" + FREEDOM + ", 'routing': {'rules': [{" + content + "}]}}";
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            delimiter = '|',
            value = {
                "'listen': '127.0.0.1', 'port': 81 | 'listen': '127.0.0.1', 'port': 81 | 81",
                "'port': 81 | 'listen': '::1', 'port': 81 | 81",
                "'listen': '0.0.0.0', 'port': '80-90' | 'listen': '127.0.0.1', 'port': '53,85-95' | 85"
            })
    void two_inbounds_cannot_have_one_port(String first, String second, int port) {
        thenThrownBy(() -> Document.parse(inbounds("socks", first, "http", second)))
                .isInstanceOf(DocumentException.class)
                .hasMessageEndingWith("inbounds[1]: port " + port
                        + " is that of inbound \"a\" already (expected: another one, or another \"listen\")");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            delimiter = '|',
            value = {
                "'protocol': 'socks', 'listen': '127.0.0.1', 'port': 81 | 'listen': '127.0.0.2', 'port': 81",
                "'protocol': 'socks', 'port': 0 | 'port': 0",
                "'protocol': 'dokodemo-door', 'port': 81, 'settings': {'network': 'udp'} | 'port': 81"
            })
    void two_inbounds_that_do_not_meet_may_have_one_port(String first, String second) throws Exception {
        String document = inbounds("", first, "http", second).replace("\"protocol\": \"\", ", "");
        then(Document.parse(document).inbounds()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[x]", "x", "127.0.0.256", "/run/socket", "@abstract"})
    void listens_at_addresses_only(String listen) {
        String inbound =
                "'listen': '" + listen + "', 'port': 1, 'streamSettings': {'sockopt': {'acceptProxyProtocol': true}}";
        thenThrownBy(() -> Document.parse(inbounds("socks", inbound, "http", "'port': 2")))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("inbounds[0].listen: \"" + listen + "\" (expected: an IP address");
    }

    private static String inbounds(String one, String first, String other, String second) {
        return ("{'inbounds': [{'tag': 'a', 'protocol': '" + one + "', " + first + "}, {'tag': 'b', 'protocol': '"
                        + other + "', " + second + "}], " + FREEDOM + "}")
                .replace('\'', '"');
    }
}
