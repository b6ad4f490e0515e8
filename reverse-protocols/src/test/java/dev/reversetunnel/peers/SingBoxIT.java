package dev.reversetunnel.peers;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.peers.SingBoxCarrier.PacketEncoding;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two sing-boxes and nothing of ours: what interoperability tests stand on. */
@RequiresPeer("sing-box")
class SingBoxIT {
    private static final TestCertificate CERTIFICATE = TestCertificate.create();
    private static final UUID ID = UUID.randomUUID();

    private final int door = Ports.free();
    private final int server = Ports.free();
    private final Origin origin = Origin.start(Ports.free());
    private final DatagramOrigin datagrams = DatagramOrigin.beside(origin);
    private final DatagramOrigin others = DatagramOrigin.echo();

    @AfterEach
    void close() {
        origin.close();
        datagrams.close();
        others.close();
    }

    static Stream<Named<SingBoxCarrier>> carriers() {
        return Map.<String, SingBoxCarrier>ofEntries(
                        Map.entry("aes-128-gcm", SingBoxCarrier.shadowsocks("aes-128-gcm", "correct horse")),
                        Map.entry(
                                "2022-blake3-aes-128-gcm",
                                SingBoxCarrier.shadowsocks("2022-blake3-aes-128-gcm", key(16, 1))),
                        Map.entry(
                                "2022-blake3-aes-256-gcm",
                                SingBoxCarrier.shadowsocks("2022-blake3-aes-256-gcm", key(32, 1))),
                        Map.entry(
                                "2022-blake3-chacha20-poly1305",
                                SingBoxCarrier.shadowsocks("2022-blake3-chacha20-poly1305", key(32, 1))),
                        Map.entry(
                                "2022-blake3-aes-128-gcm, users",
                                SingBoxCarrier.shadowsocks(
                                        "2022-blake3-aes-128-gcm", key(16, 1), key(16, 2), key(16, 3))),
                        Map.entry(
                                "2022-blake3-aes-256-gcm, users",
                                SingBoxCarrier.shadowsocks(
                                        "2022-blake3-aes-256-gcm", key(32, 1), key(32, 2), key(32, 3))),
                        Map.entry("vmess, xudp", SingBoxCarrier.vmess(ID, "auto", PacketEncoding.XUDP)),
                        Map.entry("vmess, packetaddr", SingBoxCarrier.vmess(ID, "auto", PacketEncoding.PACKETADDR)),
                        Map.entry(
                                "vmess, xudp, WebSocket, TLS",
                                SingBoxCarrier.vmess(ID, "auto", PacketEncoding.XUDP)
                                        .webSocket("/tunnel")
                                        .tls(CERTIFICATE)),
                        Map.entry(
                                "vless, xudp, TLS",
                                SingBoxCarrier.vless(ID, PacketEncoding.XUDP).tls(CERTIFICATE)))
                .entrySet()
                .stream()
                .sorted(Map.Entry.comparingByKey())
                .map(carrier -> Named.of(carrier.getKey(), carrier.getValue()));
    }

    private static String key(int size, int fill) {
        byte[] key = new byte[size];
        Arrays.fill(key, (byte) fill);
        return Base64.getEncoder().encodeToString(key);
    }

    @ParameterizedTest
    @MethodSource("carriers")
    void forwards_and_proxies(SingBoxCarrier carrier) throws IOException {
        int proxy = Ports.free();
        try (SingBox running = SingBox.start(SingBoxDocuments.server(server, carrier));
                SingBox client = SingBox.start(SingBoxDocuments.client(door, origin.port(), server, carrier));
                SingBox mixed = SingBox.start(SingBoxDocuments.mixed(proxy, server, carrier))) {
            Rounds.tcp(door);
            Rounds.udp(door);
            Rounds.tcp(Socks5.at(proxy), origin);
            Rounds.udp(Socks5.at(proxy), datagrams, others);
            then(running.isAlive() && client.isAlive() && mixed.isAlive()).isTrue();
        }
    }

    static Stream<Named<SingBoxCarrier>> withoutPacketEncoding() {
        return Stream.of(
                Named.of("vmess", SingBoxCarrier.vmess(ID, "auto", PacketEncoding.NONE)),
                Named.of("vless", SingBoxCarrier.vless(ID, PacketEncoding.NONE)));
    }

    @ParameterizedTest
    @MethodSource("withoutPacketEncoding")
    void without_a_packet_encoding_all_datagrams_of_a_user_go_to_the_first_target(SingBoxCarrier carrier)
            throws IOException {
        int proxy = Ports.free();
        try (SingBox running = SingBox.start(SingBoxDocuments.server(server, carrier));
                SingBox mixed = SingBox.start(SingBoxDocuments.mixed(proxy, server, carrier));
                Socks5Association association = Socks5.at(proxy).associate()) {
            Rounds.tcp(Socks5.at(proxy), origin);
            association.send("127.0.0.1", datagrams.port(), "one");
            then(association.receive().port()).isEqualTo(datagrams.port());

            association.send("127.0.0.1", others.port(), "two");

            then(association.receive().port()).isEqualTo(datagrams.port());
            then(others.received()).isZero();
            then(running.isAlive() && mixed.isAlive()).isTrue();
        }
    }

    @Test
    void is_a_proxy() throws IOException {
        try (SingBox proxy = SingBox.start(SingBoxDocuments.proxy(door))) {
            Rounds.tcp(Socks5.at(door), origin);
            Rounds.udp(Socks5.at(door), datagrams, others);
            then(proxy.isAlive()).isTrue();
        }
    }

    @Test
    void is_a_proxy_for_users_with_a_password() throws IOException {
        try (SingBox proxy = SingBox.start(SingBoxDocuments.proxy(door, "user", "correct horse"))) {
            Rounds.tcp(Socks5.at(door).as("user", "correct horse"), origin);
            thenThrownBy(() -> Rounds.tcp(Socks5.at(door).as("user", "battery staple"), origin))
                    .isInstanceOf(Socks5.RefusedException.class)
                    .hasMessageStartingWith("status: 1");
            thenThrownBy(() -> Rounds.tcp(Socks5.at(door), origin))
                    .isInstanceOf(Socks5.RefusedException.class)
                    .hasMessageStartingWith("method: 255");
            then(proxy.isAlive()).isTrue();
        }
    }

    @Test
    void a_document_that_it_refuses_is_told_with_its_own_words() {
        thenThrownBy(() -> SingBox.start("{"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ended with code 1")
                .hasMessageContaining("decode config");
    }
}
