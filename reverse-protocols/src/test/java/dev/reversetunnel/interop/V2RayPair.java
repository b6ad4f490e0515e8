package dev.reversetunnel.interop;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.carrier.CarrierServer;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.peers.V2RayCarrier;
import dev.reversetunnel.peers.V2RayDocuments.Security;
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
 * A carrier as V2Ray and as we speak it.
 *
 * @param name for reports
 * @param theirs their server and their client
 * @param server ours, at 127.0.0.1 and any port
 * @param client ours, of the server's port
 */
record V2RayPair(String name, V2RayCarrier theirs, Supplier<CarrierServer<?>> server, IntFunction<Outbound> client) {
    private static final UUID ID = UUID.randomUUID();
    private static final TestCertificate CERTIFICATE = TestCertificate.create();

    /** All that both have. */
    static Stream<V2RayPair> all() {
        return Stream.concat(shadowsocks(), others());
    }

    private static Stream<V2RayPair> shadowsocks() {
        return Stream.of(
                        ShadowsocksMethod.AES_128_GCM,
                        ShadowsocksMethod.AES_256_GCM,
                        ShadowsocksMethod.CHACHA20_IETF_POLY1305)
                .map(method -> {
                    String password = method.newPassword();
                    return new V2RayPair(
                            method.toString(),
                            V2RayCarrier.shadowsocks(method.toString(), password),
                            () -> Shadowsocks.server(0)
                                    .address("127.0.0.1")
                                    .method(method)
                                    .user("another", method.newPassword())
                                    .user("user", password),
                            port -> Shadowsocks.client("127.0.0.1", port)
                                    .method(method)
                                    .password(password));
                });
    }

    private static Stream<V2RayPair> others() {
        return Stream.of(
                new V2RayPair(
                        "vmess",
                        V2RayCarrier.vmess(ID, Security.AUTO),
                        () -> Vmess.server(0).address("127.0.0.1").user("user", ID),
                        port -> Vmess.client("127.0.0.1", port).user(ID)),
                new V2RayPair(
                        "vmess, TLS",
                        V2RayCarrier.vmess(ID, Security.AUTO).tls(CERTIFICATE),
                        () -> Vmess.server(0)
                                .address("127.0.0.1")
                                .user("user", ID)
                                .transport(Tls.server(CERTIFICATE.chain(), CERTIFICATE.key())),
                        port -> Vmess.client("127.0.0.1", port)
                                .user(ID)
                                .transport(Tls.client()
                                        .trust(CERTIFICATE.authority())
                                        .serverName(TestCertificate.NAME))),
                new V2RayPair(
                        "vless",
                        V2RayCarrier.vless(ID),
                        () -> Vless.server(0).address("127.0.0.1").user("user", ID),
                        port -> Vless.client("127.0.0.1", port).user(ID)),
                new V2RayPair(
                        "vless, TLS",
                        V2RayCarrier.vless(ID).tls(CERTIFICATE),
                        () -> Vless.server(0)
                                .address("127.0.0.1")
                                .user("user", ID)
                                .transport(Tls.server(CERTIFICATE.chain(), CERTIFICATE.key())),
                        port -> Vless.client("127.0.0.1", port)
                                .user(ID)
                                .transport(Tls.client()
                                        .trust(CERTIFICATE.authority())
                                        .serverName(TestCertificate.NAME))));
    }

    @Override
    public String toString() {
        return name;
    }
}
