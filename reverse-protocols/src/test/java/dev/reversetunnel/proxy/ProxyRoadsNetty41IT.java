package dev.reversetunnel.proxy;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Client.End;
import dev.reversetunnel.peers.Client.Transfer;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.vmess.Vmess;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tunnels through proxies, on either Netty. */
class ProxyRoadsNetty41IT {
    private static final long SIZE = 20L << 20;

    private final Origin origin = Origin.start();

    @AfterEach
    void closeTheOrigin() {
        origin.close();
    }

    @ParameterizedTest
    @EnumSource
    void a_tunnel_that_was_dialled_through_a_proxy_carries_everything(ProxyKind kind) throws Exception {
        UUID id = UUID.randomUUID();
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain("reverse.test.internal")
                        .listen(Vmess.server(0).address("127.0.0.1").user("shop", id))
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .start();
                ReverseTunnel proxy =
                        ProxyNodes.to(kind.serverWithUser(), Outbound.to("127.0.0.1", portal.port("tunnels")));
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain("reverse.test.internal")
                        .connect(Vmess.client("portal.invalid", 1024)
                                .user(id)
                                .transport(kind.client(proxy.port("proxy")).user("ann", "secret")))
                        .forward("127.0.0.1", origin.port())
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            then(Client.download(portal.port("visitors"), SIZE, 5))
                    .isEqualTo(new Transfer(SIZE, Client.sha256(SIZE, 5), End.CLEAN));
            then(Client.upload(portal.port("visitors"), SIZE, 5)).isEqualTo(Client.sha256(SIZE, 5));
        }
    }
}
