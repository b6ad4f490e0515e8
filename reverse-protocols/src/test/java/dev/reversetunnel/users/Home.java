package dev.reversetunnel.users;

import dev.reversetunnel.Access;
import dev.reversetunnel.NetworkMember;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.PrivateNetwork;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.TunnelListener;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A network of three members, each by another carrier. Each offers the ports 80 and 81 for streams, and 53 and 54 for
 * datagrams.
 */
final class Home implements AutoCloseable {
    static final Map<String, String> ADDRESSES = Map.of("nas", "10.99.0.2", "laptop", "10.99.0.3", "tv", "10.99.0.4");

    private static final ShadowsocksMethod METHOD = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022;

    final UUID nasId = UUID.randomUUID();
    final UUID laptopId = UUID.randomUUID();
    final String tvKey = METHOD.newPassword();
    /** Of the hub: {@code laptop to udp:nas:54}. */
    final List<String> refused = new CopyOnWriteArrayList<>();

    final PrivateNetwork hub;
    final NetworkMember nas;
    final NetworkMember laptop;
    final NetworkMember tv;

    Home(Access... allowed) throws Exception {
        hub = ReverseTunnel.network("home")
                .range("10.99.0.0/24")
                .listen(Vmess.server(0).address("127.0.0.1").user("nas", nasId))
                .listen(Vless.server(0).address("127.0.0.1").user("laptop", laptopId))
                .listen(Shadowsocks.server(0).address("127.0.0.1").user("tv", tvKey))
                .member("nas", ADDRESSES.get("nas"))
                .member("laptop", ADDRESSES.get("laptop"))
                .member("tv", ADDRESSES.get("tv"))
                .allow(allowed)
                .listener(new TunnelListener() {
                    @Override
                    public void requestRefused(Request request, String reason) {
                        refused.add(request.user() + " to " + request.destination());
                    }
                })
                .start();
        nas = member("nas", nasAt(hub.port("members")));
        laptop = member("laptop", laptopAt(hub.port("members-2")));
        tv = member("tv", Shadowsocks.client("127.0.0.1", hub.port("members-3")).password(tvKey));
        for (NetworkMember member : List.of(nas, laptop, tv)) {
            member.awaitReady(Duration.ofSeconds(10));
        }
    }

    Outbound nasAt(int port) {
        return Vmess.client("127.0.0.1", port).user(nasId);
    }

    Outbound laptopAt(int port) {
        return Vless.client("127.0.0.1", port).user(laptopId);
    }

    private static NetworkMember member(String name, Outbound way) throws TunnelException {
        return ReverseTunnel.member(name)
                .connect(way)
                .dialTimeout(Duration.ofSeconds(1)) // for one who was revoked, and hears nothing of his server
                .offer(80, Services.answering(name + " tcp 80"))
                .offer(81, Services.answering(name + " tcp 81"))
                .offerUdp(53, Services.answering(name + " udp 53"))
                .offerUdp(54, Services.answering(name + " udp 54"))
                .listen(Socks5.server(0).address("127.0.0.1"))
                .listen(Shadowsocks.server(0)
                        .address("127.0.0.1")
                        .user("program", keyOf(name))
                        .clientOnly())
                .start();
    }

    private static String keyOf(String name) {
        return java.util.Base64.getEncoder()
                .encodeToString(java.util.Arrays.copyOf(name.getBytes(java.nio.charset.StandardCharsets.US_ASCII), 16));
    }

    NetworkMember member(String name) {
        return Map.of("nas", nas, "laptop", laptop, "tv", tv).get(name);
    }

    /** A Shadowsocks client of a member's. */
    Caller shadowsocks(String name) throws TunnelException {
        int port = member(name).port("programs-2");
        return Caller.through(ReverseTunnel.node()
                .outbound("member", Shadowsocks.client("127.0.0.1", port).password(keyOf(name)))
                .route(Rule.inbound(ReverseTunnel.DIAL).to("member"))
                .start());
    }

    @Override
    public void close() {
        nas.close();
        laptop.close();
        tv.close();
        hub.close();
    }
}
