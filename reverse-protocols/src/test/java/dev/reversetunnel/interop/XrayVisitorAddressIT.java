package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ProxyProtocol;
import dev.reversetunnel.Relay;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.ProxyHeader;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.peers.XrayDocuments;
import dev.reversetunnel.vless.Vless;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where visitors come from is known at the other end of a tunnel that was registered by command. */
@RequiresPeer("xray")
class XrayVisitorAddressIT {
    private final UUID id = UUID.randomUUID();
    private final int users = Ports.free();
    private final XrayDocuments xray = XrayDocuments.reverse(Ports.free(), id);

    @ParameterizedTest
    @EnumSource
    void our_bridge_is_told_by_xrays_portal_and_tells_the_server(ProxyProtocol version) throws IOException {
        try (Origin told = Origin.behindProxy();
                Xray portal = Xray.start(xray.portal(users))) {
            Noting noting = new Noting(Outbound.to("127.0.0.1", told.port()).proxyProtocol(version));
            try (Bridge bridge = ReverseTunnel.bridge("bridge")
                    .connect(Vless.client("127.0.0.1", xray.bridges()).user(id).reverse())
                    .reach(noting)
                    .start()) {
                awaitTunnel();
                try (Socket visitor = Client.connect(users)) {
                    then(Client.echo(visitor, "here")).isEqualTo("here");

                    Request last = noting.requests.get(noting.requests.size() - 1);
                    then(last.source()).isEqualTo(visitor.getLocalSocketAddress());
                    then(last.local()).isEqualTo(visitor.getRemoteSocketAddress());
                    ProxyHeader header = told.proxied().get(told.proxied().size() - 1);
                    then(header.source()).isEqualTo(visitor.getLocalSocketAddress());
                    then(header.destination()).isEqualTo(visitor.getRemoteSocketAddress());
                    then(header.version()).isEqualTo(version == ProxyProtocol.V1 ? 1 : 2);
                }
                then(bridge.ready()).isCompleted();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void a_server_behind_xrays_bridge_is_told_by_our_portal(int version) throws IOException {
        try (Origin told = Origin.behindProxy();
                Portal portal = ReverseTunnel.portal("portal")
                        .listen(Vless.server(xray.bridges())
                                .address("127.0.0.1")
                                .reverseUser("interconn", id))
                        .listen(Inbound.port(users).address("127.0.0.1").to("127.0.0.1", 80))
                        .start();
                Xray bridge = Xray.start(xray.bridge(told.address(), version))) {
            awaitTunnel();
            try (Socket visitor = Client.connect(users)) {
                then(Client.echo(visitor, "here")).isEqualTo("here");

                ProxyHeader last = told.proxied().get(told.proxied().size() - 1);
                then(last.source()).isEqualTo(visitor.getLocalSocketAddress());
                then(last.version()).isEqualTo(version);
            }
            then(bridge.isAlive()).isTrue();
        }
    }

    private void awaitTunnel() {
        await().ignoreExceptions().untilAsserted(() -> then(Client.get(users)).isEqualTo(Origin.BODY));
    }

    /** Writes down who came. */
    private static final class Noting implements Outbound {
        private final Outbound outbound;
        private final List<Request> requests = new CopyOnWriteArrayList<>();

        private Noting(Outbound outbound) {
            this.outbound = outbound;
        }

        @Override
        public Future<Channel> connect(Request request, Dialer dialer) {
            return outbound.connect(request, dialer);
        }

        @Override
        public void take(Request request, Channel channel, Relay relay) {
            requests.add(request);
            outbound.take(request, channel, relay);
        }
    }
}
