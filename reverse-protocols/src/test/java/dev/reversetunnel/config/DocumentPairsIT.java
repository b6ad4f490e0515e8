package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.DatagramClient;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.tls.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two documents, a client's and a server's, between which bytes travel: each protocol, each layer below. */
class DocumentPairsIT {
    private static final TestCertificate CERTIFICATE = TestCertificate.create();
    private static final String ID = "27848739-7e62-4138-9fd3-098a63964b6b";
    private static final String KEY = "xF3QmRfVxYz0mBqHq5uDpQ==";
    private static final String OTHER_KEY = "AAECAwQFBgcICQoLDA0ODw==";
    private static final String ACCOUNT = "{'user': 'ann', 'pass': 'secret'}";

    static Stream<Arguments> protocols() {
        String user = "'users': [{'id': '" + ID + "'";
        return Stream.of(
                arguments(vmess(""), "'protocol': 'vmess', 'settings': {'vnext': [{@, " + user + "}]}]}"),
                arguments(
                        vmess(""),
                        "'protocol': 'vmess', 'settings': {'vnext': [{@, " + user + ", 'alterId': 0,"
                                + " 'security': 'none', 'level': 0}]}]}"),
                arguments(
                        vmess(", 'disableInsecureEncryption': true"),
                        "'protocol': 'vmess', 'settings': {@, 'id': '" + ID
                                + "', 'security': 'chacha20-poly1305', 'experiments': 'AuthenticatedLength'}"),
                arguments(
                        vless(""),
                        "'protocol': 'vless', 'settings': {'vnext': [{@, " + user + ", 'encryption': 'none'}]}]}"),
                arguments(vless(""), vlessClient("")),
                arguments(
                        "'protocol': 'vless', 'settings': {'users': [{'id': 'a text of Xray'}], 'decryption': 'none'}",
                        "'protocol': 'vless', 'settings': {@, 'id': 'a text of Xray', 'encryption': 'none'}"),
                arguments(
                        "'protocol': 'shadowsocks', 'settings': {'method': 'AEAD_AES_128_GCM', 'password': 'p', 'email':"
                                + " 'a@b', 'network': 'tcp,udp'}",
                        "'protocol': 'shadowsocks', 'settings': {'servers': [{@, 'method':"
                                + " 'aes-128-gcm', 'password': 'p'}]}"),
                arguments(
                        "'protocol': 'shadowsocks', 'settings': {'method': '2022-blake3-aes-128-gcm', 'password': '"
                                + KEY + "', 'clients': [{'password': '" + OTHER_KEY + "', 'email': 'a@b'}]}",
                        "'protocol': 'shadowsocks', 'settings': {@, 'method': '2022-blake3-aes-128-gcm', 'password': '"
                                + KEY + ":" + OTHER_KEY + "'}"),
                arguments(
                        "'protocol': 'shadowsocks', 'settings': {'method': 'aes-256-gcm', 'clients': [{'password': 'p',"
                                + " 'method': 'chacha20-ietf-poly1305'}, {'password': 'q', 'method': 'aes-128-gcm'}]}",
                        "'protocol': 'shadowsocks', 'settings': {'servers': [{@, 'method': 'chacha20-poly1305', 'password':"
                                + " 'p'}]}"),
                arguments("'protocol': 'socks', 'settings': {}", "'protocol': 'socks', 'settings': {'servers': [{@}]}"),
                arguments(
                        "'protocol': 'socks', 'settings': {'auth': 'password', 'accounts': [" + ACCOUNT + "]}",
                        "'protocol': 'socks', 'settings': {'servers': [{@, 'users': [" + ACCOUNT + "]}]}"),
                arguments("'protocol': 'http', 'settings': {}", "'protocol': 'http', 'settings': {'servers': [{@}]}"),
                arguments(
                        "'protocol': 'http', 'settings': {'accounts': [" + ACCOUNT + "]}",
                        "'protocol': 'http', 'settings': {@, 'user': 'ann', 'pass': 'secret'}"),
                arguments(
                        "'protocol': 'mixed', 'settings': {'auth': 'password', 'users': [" + ACCOUNT + "]}",
                        "'protocol': 'socks', 'settings': {@, 'user': 'ann', 'pass': 'secret', 'level': 0}"));
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void bytes_travel_by_each_protocol(String inbound, String outbound) throws Exception {
        bytesTravel(inbound, outbound);
    }

    static Stream<Arguments> layers() throws IOException {
        String files = "'certificates': [{'certificateFile': '" + CERTIFICATE.chain() + "', 'keyFile': '"
                + CERTIFICATE.key() + "'}]";
        String inline = "'certificates': [{'certificate': " + lines(CERTIFICATE.chain()) + ", 'key': "
                + lines(CERTIFICATE.key()) + "}]";
        String trusting = "'disableSystemRoot': true, 'certificates': [{'usage': 'verify', 'certificateFile': '"
                + CERTIFICATE.authority() + "'}]";
        String ws = "'network': 'ws', 'wsSettings': {'path': '/tunnel?ed=2048', 'headers': {'Host': 'portal.test'}}";
        return Stream.of(
                arguments("'network': 'tcp', 'tcpSettings': {'header': {'type': 'none'}}", "'network': 'raw'"),
                arguments(tls(files), tls(trusting)),
                arguments(
                        tls(inline + ", 'alpn': ['h2', 'http/1.1'], 'minVersion': '1.2'"),
                        tls(
                                trusting
                                        + ", 'serverName': 'portal.test', 'alpn': 'http/1.1', 'fingerprint': 'chrome', 'minVersion': '1.3'")),
                arguments(
                        tls(files),
                        tls("'serverName': 'whatever.example', 'pinnedPeerCertSha256': '"
                                + Tls.fingerprint(CERTIFICATE.chain()) + "'")),
                arguments(ws, ws),
                arguments(
                        "'network': 'ws', 'wsSettings': {'host': 'portal.test'}",
                        "'method': 'websocket', 'wsSettings': {'host': 'portal.test', 'heartbeatPeriod': 10}"),
                arguments(tls(files) + ", " + ws, tls(trusting) + ", " + ws),
                arguments(
                        "'network': 'tcp', 'sockopt': {'mark': 0, 'tcpFastOpen': true, 'tproxy': 'off'}",
                        "'security': ''"));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void bytes_travel_by_each_layer(String server, String client) throws Exception {
        bytesTravel(
                vmess("") + ", 'streamSettings': {" + server + "}",
                "'protocol': 'vmess', 'settings': {@, 'id': '" + ID + "'}, 'streamSettings': {" + client + "}");
        bytesTravel(
                vless("") + ", 'streamSettings': {" + server + "}",
                vlessClient("") + ", 'streamSettings': {" + client + "}");
    }

    private static void bytesTravel(String inbound, String outbound) throws Exception {
        try (Origin origin = Origin.start();
                ReverseTunnel server = node("'inbounds': [{'tag': 'in', 'listen': '127.0.0.1', 'port': 0, " + inbound
                        + "}], 'outbounds': [{'protocol': 'freedom'}]");
                ReverseTunnel client = node("'inbounds': [{'tag': 'door', 'listen': '127.0.0.1', 'port': 0, 'protocol':"
                        + " 'dokodemo-door', 'settings': {'address': '127.0.0.1', 'port': " + origin.port()
                        + "}}], 'outbounds': [{"
                        + outbound.replace("@", "'address': '127.0.0.1', 'port': " + server.port("in")) + "}]")) {
            int door = client.port("door");
            then(Client.get(door)).isEqualTo(Origin.BODY);
            then(Client.upload(door, 300_000, 7)).isEqualTo(Client.sha256(300_000, 7));
            then(Client.download(door, 300_000, 8).sha256()).isEqualTo(Client.sha256(300_000, 8));
        }
    }

    static Stream<Arguments> datagrams() {
        return Stream.of(
                arguments(vmess(""), "'protocol': 'vmess', 'settings': {@, 'id': '" + ID + "'}"),
                arguments(vless(""), vlessClient("")),
                arguments(
                        "'protocol': 'shadowsocks', 'settings': {'method': 'aes-128-gcm', 'password': 'p', 'network':"
                                + " 'tcp,udp'}",
                        "'protocol': 'shadowsocks', 'settings': {@, 'method': 'aes-128-gcm', 'password':" + " 'p'}"),
                arguments("'protocol': 'socks', 'settings': {'udp': true}", "'protocol': 'socks', 'settings': {@}"));
    }

    @ParameterizedTest
    @MethodSource("datagrams")
    void datagrams_travel_as_well(String inbound, String outbound) throws Exception {
        try (DatagramOrigin origin = DatagramOrigin.echo();
                DatagramClient visitor = DatagramClient.open();
                ReverseTunnel server = node("'inbounds': [{'tag': 'in', 'listen': '127.0.0.1', 'port': 0, " + inbound
                        + "}], 'outbounds': [{'protocol': 'freedom'}]");
                ReverseTunnel client = node("'inbounds': [{'tag': 'door', 'listen': '127.0.0.1', 'port': 0, 'protocol':"
                        + " 'dokodemo-door', 'settings': {'address': '127.0.0.1', 'port': " + origin.port()
                        + ", 'network': 'tcp,udp'}}], 'outbounds': [{"
                        + outbound.replace("@", "'address': '127.0.0.1', 'port': " + server.port("in")) + "}]")) {
            then(visitor.exchange(client.port("door"), "hello")).isEqualTo("hello");
        }
    }

    private static ReverseTunnel node(String parts) throws Exception {
        return Document.parse(("{" + parts + "}").replace('\'', '"')).node().start();
    }

    private static String vmess(String more) {
        return "'protocol': 'vmess', 'settings': {'clients': [{'id': '" + ID + "', 'email': 'love@v2ray.com'}]" + more
                + "}";
    }

    private static String vless(String more) {
        return "'protocol': 'vless', 'settings': {'clients': [{'id': '" + ID + "'}], 'decryption': 'none'" + more + "}";
    }

    private static String vlessClient(String more) {
        return "'protocol': 'vless', 'settings': {@, 'id': '" + ID + "', 'encryption': 'none'" + more + "}";
    }

    private static String tls(String settings) {
        return "'security': 'tls', 'tlsSettings': {" + settings + "}";
    }

    private static String lines(Path pem) throws IOException {
        return Files.readAllLines(pem).stream()
                .map(line -> '"' + line + '"')
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
