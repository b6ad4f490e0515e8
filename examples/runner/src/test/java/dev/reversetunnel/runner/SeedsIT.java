package dev.reversetunnel.runner;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The documents of the manuals and of an article, unchanged, in this program and in those that they were written for:
 * every pair, whichever starts first. V2Ray 4.34 takes 001 and 002. Xray took 000, 001 and 004 once; 26.7 takes none of
 * them any more ("legacy reverse" has been removed), which is what {@code Document.export} is for.
 */
class SeedsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final int tunnels = Ports.free();
    private final int visitors = Ports.free();

    private enum Program {
        OURS,
        V2RAY;

        AutoCloseable start(String json) {
            return switch (this) {
                case OURS -> RunnerProcess.run(json);
                case V2RAY -> V2Ray.start(json);
            };
        }
    }

    @ParameterizedTest(name = "{0}, portal {1}, bridge {2}, bridge first: {3}")
    @CsvSource({
        "000-#,                 OURS, OURS, false",
        "000-#,                 OURS, OURS, true",
        "001-#,                 OURS, OURS, false",
        "001-#,                 OURS, OURS, true",
        "002-#,                 OURS, OURS, false",
        "002-#,                 OURS, OURS, true",
        "004-#,                 OURS, OURS, false",
        "004-#,                 OURS, OURS, true",
        "004-#-port-forwarding, OURS, OURS, false",
        "004-#-port-forwarding, OURS, OURS, true"
    })
    void both_ends_are_ours(String seed, Program portal, Program bridge, boolean bridgeFirst) throws Exception {
        thenARequestPasses(seed, portal, bridge, bridgeFirst);
    }

    @ParameterizedTest(name = "{0}, portal {1}, bridge {2}, bridge first: {3}")
    @CsvSource({
        "001-#, OURS, V2RAY, false",
        "001-#, OURS, V2RAY, true",
        "001-#, V2RAY, OURS, false",
        "001-#, V2RAY, OURS, true",
        "002-#, OURS, V2RAY, false",
        "002-#, OURS, V2RAY, true",
        "002-#, V2RAY, OURS, false",
        "002-#, V2RAY, OURS, true"
    })
    @RequiresPeer("v2ray")
    void one_end_is_v2rays(String seed, Program portal, Program bridge, boolean bridgeFirst) throws Exception {
        thenARequestPasses(seed, portal, bridge, bridgeFirst);
    }

    private void thenARequestPasses(String seed, Program portal, Program bridge, boolean bridgeFirst) throws Exception {
        try (Origin web = Origin.start()) {
            Started atPortal = () -> portal.start(Seeds.portal(seed, tunnels, visitors));
            Started atBridge = () -> bridge.start(Seeds.bridge(seed, tunnels, web.port()));
            try (AutoCloseable first = (bridgeFirst ? atBridge : atPortal).start();
                    AutoCloseable second = (bridgeFirst ? atPortal : atBridge).start();
                    Way way = seed.equals("004-#") ? byShadowsocks(web.port()) : new Way(visitors, null)) {
                then(first).isNotSameAs(second);
                await().atMost(PATIENCE)
                        .ignoreExceptionsInstanceOf(IOException.class)
                        .untilAsserted(() -> then(Client.get(way.port())).isEqualTo(Origin.BODY));
            }
        }
    }

    /** The document without a public port: its users are Shadowsocks clients, who say where they want to go. */
    private Way byShadowsocks(int web) throws Exception {
        ReverseTunnel user = ReverseTunnel.node()
                .inbound("here", Inbound.port(0).address("127.0.0.1").to("127.0.0.1", web))
                .outbound("portal", Shadowsocks.client("127.0.0.1", tunnels).password(Seeds.KEY))
                .route(Rule.inbound("here").to("portal"))
                .start();
        return new Way(user.port("here"), user);
    }

    @FunctionalInterface
    private interface Started {
        AutoCloseable start();
    }

    private record Way(int port, @Nullable ReverseTunnel user) implements AutoCloseable {
        @Override
        public void close() {
            if (user != null) {
                user.close();
            }
        }
    }
}
