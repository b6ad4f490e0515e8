package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.reversetunnel.peers.TestCertificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents that are written down again, in the form of one program or the other. */
class ExportTest {
    private static final TestCertificate CERTIFICATE = TestCertificate.create();
    static final String ID = "27848739-7e62-4138-9fd3-098a63964b6b";
    static final String ID2 = "27848739-7e62-4138-9fd3-098a63964b6c";

    static Stream<String> documents() {
        return samples().stream();
    }

    /** What all of them can say, as far as the second word says which. */
    static List<String> samples() {
        List<String> samples = new ArrayList<>();
        for (String seed : List.of("000", "001", "002")) {
            samples.add(Published.portal(seed + "-portal.json", 8080, 1024));
            samples.add(Published.bridge(seed + "-bridge.json", 1024, 80));
        }
        samples.add(everything().replace('\'', '"'));
        return samples;
    }

    private static String everything() {
        return "{'log': {'loglevel': 'info'}, 'inbounds': ["
                + "{'tag': 'door', 'port': 8081, 'listen': '127.0.0.1', 'protocol': 'dokodemo-door', 'settings': {'address':"
                + " '::1', 'port': 80, 'network': 'tcp,udp'}, 'sniffing': {'enabled': true, 'destOverride': ['http']}},"
                + "{'tag': 'ports', 'port': '8090-8092', 'protocol': 'dokodemo-door', 'settings': {'address': 'localhost',"
                + " 'port': 80}},"
                + "{'tag': 'socks', 'port': 1080, 'listen': '::1', 'protocol': 'socks', 'settings': {'auth': 'password',"
                + " 'accounts': [{'user': 'a', 'pass': 'b'}], 'udp': true}},"
                + "{'port': 3128, 'protocol': 'http', 'settings': {'accounts': [{'user': 'a', 'pass': 'b'}]}},"
                + "{'tag': 'vmess', 'port': 1025, 'protocol': 'vmess', 'settings': {'clients': [{'id': '" + ID
                + "', 'email':"
                + " 'a@b'}], 'disableInsecureEncryption': true}, 'streamSettings': {'network': 'ws', 'security': 'tls',"
                + " 'tlsSettings': {'alpn': ['http/1.1'], 'certificates': [{'certificateFile': '" + CERTIFICATE.chain()
                + "', 'keyFile': '" + CERTIFICATE.key() + "'}]}, 'wsSettings': {'path': '/t'}}},"
                + "{'tag': 'vless', 'port': 1026, 'listen': '127.0.0.1', 'protocol': 'vless', 'settings': {'clients':"
                + " [{'id': '" + ID + "'}], 'decryption': 'none'}, 'streamSettings': {'tcpSettings':"
                + " {'acceptProxyProtocol': true}}},"
                + "{'tag': 'ss', 'port': 1027, 'protocol': 'shadowsocks', 'settings': {'method': 'aes-256-gcm',"
                + " 'password': 'p', 'email': 'x@y', 'network': 'tcp,udp'}}"
                + "], 'outbounds': ["
                + "{'tag': 'direct', 'protocol': 'freedom', 'settings': {'domainStrategy': 'UseIPv4'}},"
                + "{'tag': 'local', 'protocol': 'freedom', 'settings': {'redirect': ':8080'}},"
                + "{'tag': 'block', 'protocol': 'blackhole', 'settings': {'response': {'type': 'http'}}},"
                + "{'tag': 'vmess-out', 'protocol': 'vmess', 'settings': {'vnext': [{'address': 'a.example', 'port': 443,"
                + " 'users': [{'id': '" + ID
                + "', 'security': 'chacha20-poly1305'}]}]}, 'streamSettings': {'network': 'ws',"
                + " 'security': 'tls', 'tlsSettings': {'serverName': 'b.example', 'disableSystemRoot': true, 'certificates':"
                + " [{'usage': 'verify', 'certificateFile': '" + CERTIFICATE.authority()
                + "'}]}, 'wsSettings': {'path':"
                + " '/t', 'headers': {'Host': 'c.example', 'X-Key': 'v'}}}},"
                + "{'tag': 'vless-out', 'protocol': 'vless', 'settings': {'vnext': [{'address': '10.0.0.1', 'port': 1,"
                + " 'users': [{'id': '" + ID + "', 'encryption': 'none'}]}]}},"
                + "{'tag': 'ss-out', 'protocol': 'shadowsocks', 'settings': {'servers': [{'address': 'a', 'port': 1,"
                + " 'method': 'aes-128-gcm', 'password': 'p'}]}, 'proxySettings': {'tag': 'socks-out'}},"
                + "{'tag': 'socks-out', 'protocol': 'socks', 'settings': {'servers': [{'address': 'a', 'port': 1, 'users':"
                + " [{'user': 'a', 'pass': 'b'}]}]}},"
                + "{'tag': 'http-out', 'protocol': 'http', 'settings': {'servers': [{'address': 'a', 'port': 1}]}}"
                + "], 'routing': {'domainStrategy': 'IPIfNonMatch', 'rules': ["
                + "{'type': 'field', 'domain': ['domain:a.example', 'regexp:^b'], 'outboundTag': 'block'},"
                + "{'type': 'field', 'ip': ['geoip:private', '10.0.0.0/8'], 'port': '80,443-445', 'sourcePort': '1-2',"
                + " 'source': ['10.0.0.1'], 'network': 'tcp,udp', 'user': ['a@b'], 'inboundTag': ['door'], 'protocol':"
                + " ['tls'], 'outboundTag': 'direct'},"
                + "{'type': 'field', 'port': 25, 'balancerTag': 'some'}"
                + "], 'balancers': [{'tag': 'some', 'selector': ['vmess', 'vless']}]},"
                + " 'policy': {'levels': {'0': {'handshake': 4, 'uplinkOnly': 2}}}}";
    }

    @ParameterizedTest
    @MethodSource("documents")
    void what_is_written_is_read_as_the_same(String document) throws Exception {
        for (Format format : List.of(Format.V2RAY, Format.XRAY)) {
            String written = Document.parse(document).export(format);
            then(Document.parse(written).export(format)).isEqualTo(written);
            then(Document.parse(written).node()).isNotNull();
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void nothing_is_lost_on_the_way_through_the_other_form(String document) throws Exception {
        String direct = Document.parse(document).export(Format.V2RAY);
        String detour =
                Document.parse(Document.parse(document).export(Format.XRAY)).export(Format.V2RAY);
        then(detour).isEqualTo(direct);
    }

    static Stream<Arguments> impossible() {
        String freedom = "'outbounds': [{'protocol': 'freedom'}]";
        return Stream.of(
                arguments(
                        "'inbounds': [{'port': 1, 'protocol': 'shadowsocks', 'settings': {'method':"
                                + " '2022-blake3-aes-128-gcm', 'password': 'xF3QmRfVxYz0mBqHq5uDpQ=='}}]",
                        Format.V2RAY,
                        "inbounds[0]:"
                                + " method: 2022-blake3-aes-128-gcm is unknown to V2Ray 4 (expected: aes-128-gcm"),
                arguments(
                        "'outbounds': [{'protocol': 'freedom', 'settings': {'proxyProtocol': 1}}]",
                        Format.V2RAY,
                        "outbounds[0]: proxyProtocol: V2Ray 4 does not send it"),
                arguments(
                        "'outbounds': [{'protocol': 'freedom', 'settings': {'domainStrategy': 'ForceIPv6'}}]",
                        Format.V2RAY,
                        "outbounds[0]: domainStrategy: ForceIPv6 is unknown to V2Ray 4"),
                arguments(
                        "'outbounds': [{'tag': 'o', 'protocol': 'freedom'}], 'routing': {'rules': [{'localPort': 1,"
                                + " 'outboundTag': 'o'}]}",
                        Format.V2RAY,
                        "routing.rules[0]: localPort: \"1\" is unknown to V2Ray 4"),
                arguments(
                        "'outbounds': [{'tag': 'o', 'protocol': 'freedom'}], 'routing': {'rules': [{'ip': ['!10.0.0.1'],"
                                + " 'outboundTag': 'o'}]}",
                        Format.V2RAY,
                        "routing.rules[0]: ip: \"!10.0.0.1\" is unknown to V2Ray 4"),
                arguments(
                        "'outbounds': [{'tag': 'o', 'protocol': 'vless', 'settings': {'address': 'a', 'port': 1, 'id': '"
                                + ID + "', 'encryption': 'none', 'reverse': {'tag': 'b'}}}]",
                        Format.XRAY,
                        "outbounds[0]: reverse:" + " only Xray 25.9.10 and newer know it (expected: XRAY_REVERSE)"),
                arguments(
                        "'inbounds': [{'port': 1, 'protocol': 'socks', 'sniffing': {'enabled': true, 'routeOnly': true}}], "
                                + freedom,
                        Format.V2RAY,
                        "inbounds[0]: sniffing: V2Ray 4 knows neither routeOnly"),
                arguments(
                        "'outbounds': [{'tag': 'o', 'protocol': 'freedom'}], 'routing': {'balancers': [{'tag': 'b',"
                                + " 'selector': ['o'], 'strategy': {'type': 'leastLoad'}}]}",
                        Format.XRAY,
                        "routing.balancers[0]:" + " strategy: leastLoad counts sessions here"));
    }

    @ParameterizedTest
    @MethodSource("impossible")
    void what_a_program_cannot_do_is_told_with_the_way_out(String parts, Format format, String piece) throws Exception {
        Document document = Document.parse(("{" + parts + "}").replace('\'', '"'));
        thenThrownBy(() -> document.export(format))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining(piece)
                .hasMessageContaining("expected: ");
    }

    @Test
    void a_document_shows_nothing_of_what_is_in_it() throws Exception {
        then(Document.parse(documents().toList().get(0))).hasToString("Document[2 inbounds, 0 outbounds, 2 rules]");
    }
}
