package dev.reversetunnel.interop;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.carrier.CarrierServer;
import dev.reversetunnel.peers.SingBoxCarrier;
import dev.reversetunnel.peers.SingBoxCarrier.PacketEncoding;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
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

    /** All that both have. */
    static Stream<SingBoxPair> all() {
        return Stream.of(
                new SingBoxPair(
                        "vmess, xudp",
                        SingBoxCarrier.vmess(ID, "auto", PacketEncoding.XUDP),
                        () -> Vmess.server(0).address("127.0.0.1").user("user", ID),
                        port -> Vmess.client("127.0.0.1", port).user(ID)),
                new SingBoxPair(
                        "vless, xudp",
                        SingBoxCarrier.vless(ID, PacketEncoding.XUDP),
                        () -> Vless.server(0).address("127.0.0.1").user("user", ID),
                        port -> Vless.client("127.0.0.1", port).user(ID)),
                shadowsocks(ShadowsocksMethod.AES_128_GCM),
                shadowsocks(ShadowsocksMethod.AES_256_GCM),
                shadowsocks(ShadowsocksMethod.CHACHA20_IETF_POLY1305),
                shadowsocks(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022),
                shadowsocks(ShadowsocksMethod.BLAKE3_AES_256_GCM_2022),
                shadowsocks(ShadowsocksMethod.BLAKE3_CHACHA20_POLY1305_2022),
                identities(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022),
                identities(ShadowsocksMethod.BLAKE3_AES_256_GCM_2022));
    }

    private static SingBoxPair shadowsocks(ShadowsocksMethod method) {
        String password = method.newPassword();
        return new SingBoxPair(
                method.toString(),
                SingBoxCarrier.shadowsocks(method.toString(), password),
                () -> Shadowsocks.server(0).address("127.0.0.1").method(method).user("user", password),
                port -> Shadowsocks.client("127.0.0.1", port).method(method).password(password));
    }

    private static SingBoxPair identities(ShadowsocksMethod method) {
        String server = method.newPassword();
        String user = method.newPassword();
        String other = method.newPassword();
        return new SingBoxPair(
                method + ", two users",
                SingBoxCarrier.shadowsocks(method.toString(), server, user, other),
                () -> Shadowsocks.server(0)
                        .address("127.0.0.1")
                        .method(method)
                        .serverKey(server)
                        .user("other", other)
                        .user("user", user),
                port -> Shadowsocks.client("127.0.0.1", port).method(method).password(server + ':' + user));
    }

    @Override
    public String toString() {
        return name;
    }
}
