package dev.reversetunnel.interop;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.carrier.CarrierServer;
import dev.reversetunnel.peers.SingBoxCarrier;
import dev.reversetunnel.peers.SingBoxCarrier.PacketEncoding;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A protocol as sing-box and as we speak it.
 *
 * @param name for reports
 * @param theirs their server and their client
 * @param server ours, at 127.0.0.1 and any port
 * @param client ours, of the server's port
 */
record SingBoxPair(
        String name, SingBoxCarrier theirs, Supplier<CarrierServer<?>> server, IntFunction<Outbound> client) {
    private static final UUID ID = UUID.randomUUID();
    private static final TestCertificate CERTIFICATE = TestCertificate.create();

    /** All that both have. */
    static Stream<SingBoxPair> all() {
        return Stream.of(Stream.of(ShadowsocksMethod.values()).map(SingBoxPair::shadowsocks), severalUsers(), others())
                .flatMap(pairs -> pairs);
    }

    private static SingBoxPair shadowsocks(ShadowsocksMethod method) {
        String password = method.newPassword();
        return new SingBoxPair(
                method.toString(),
                SingBoxCarrier.shadowsocks(method.toString(), password),
                () -> Shadowsocks.server(0).address("127.0.0.1").method(method).user("user", password),
                port -> Shadowsocks.client("127.0.0.1", port).method(method).password(password));
    }

    private static Stream<SingBoxPair> severalUsers() {
        return Stream.of(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022, ShadowsocksMethod.BLAKE3_AES_256_GCM_2022)
                .map(method -> {
                    String serverKey = method.newPassword();
                    String user = method.newPassword();
                    String other = method.newPassword();
                    return new SingBoxPair(
                            method + ", several users",
                            SingBoxCarrier.shadowsocks(method.toString(), serverKey, user, other),
                            () -> Shadowsocks.server(0)
                                    .address("127.0.0.1")
                                    .method(method)
                                    .serverKey(serverKey)
                                    .user("other", other)
                                    .user("user", user),
                            port -> Shadowsocks.client("127.0.0.1", port)
                                    .method(method)
                                    .password(serverKey + ":" + user));
                });
    }

    private static Stream<SingBoxPair> others() {
        return Stream.of(
                new SingBoxPair(
                        "vless, xudp, TLS",
                        SingBoxCarrier.vless(ID, PacketEncoding.XUDP).tls(CERTIFICATE),
                        () -> Vless.server(0)
                                .address("127.0.0.1")
                                .user("user", ID)
                                .transport(Tls.server(CERTIFICATE.chain(), CERTIFICATE.key())),
                        port -> Vless.client("127.0.0.1", port)
                                .user(ID)
                                .transport(Tls.client()
                                        .trust(CERTIFICATE.authority())
                                        .serverName(TestCertificate.NAME))),
                new SingBoxPair(
                        "vmess, xudp",
                        SingBoxCarrier.vmess(ID, "auto", PacketEncoding.XUDP),
                        () -> Vmess.server(0).address("127.0.0.1").user("user", ID),
                        port -> Vmess.client("127.0.0.1", port).user(ID)),
                new SingBoxPair(
                        "vless, xudp",
                        SingBoxCarrier.vless(ID, PacketEncoding.XUDP),
                        () -> Vless.server(0).address("127.0.0.1").user("user", ID),
                        port -> Vless.client("127.0.0.1", port).user(ID)));
    }

    @Override
    public String toString() {
        return name;
    }
}
