package dev.reversetunnel.interop;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.carrier.CarrierServer;
import dev.reversetunnel.peers.SingBoxCarrier;
import dev.reversetunnel.peers.SingBoxCarrier.PacketEncoding;
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
                        port -> Vless.client("127.0.0.1", port).user(ID)));
    }

    @Override
    public String toString() {
        return name;
    }
}
