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
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The documents of the manuals and of an article, unchanged, in this program and in those that they were written for:
 * every pair, whichever starts first. V2Ray 4.34 takes 001 and 002. Xray takes 000, 001 and 004 up to 26.4.17; later
 * ones take none of them any more ("legacy reverse" has been removed), which is what {@code Document.export} is for:
 * there the tests with Xray are skipped, and say so.
 */
class SeedsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final int tunnels = Ports.free();
    private final int visitors = Ports.free();

    private enum Program {
        OURS,
        V2RAY,
        XRAY;

        AutoCloseable start(String json) {
            return switch (this) {
                case OURS -> RunnerProcess.run(json);
                case V2RAY -> V2Ray.start(json);
                case XRAY -> xray(json);
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

    @ParameterizedTest(name = "{0}, portal {1}, bridge {2}, bridge first: {3}")
    @CsvSource({
        "000-#, OURS, XRAY, false",
        "000-#, OURS, XRAY, true",
        "000-#, XRAY, OURS, false",
        "000-#, XRAY, OURS, true",
        "001-#, OURS, XRAY, false",
        "001-#, OURS, XRAY, true",
        "001-#, XRAY, OURS, false",
        "001-#, XRAY, OURS, true",
        "004-#, XRAY, OURS, false",
        "004-#, XRAY, OURS, true",
        "004-#-port-forwarding, OURS, XRAY, false",
        "004-#-port-forwarding, OURS, XRAY, true",
        "004-#-port-forwarding, XRAY, OURS, false",
        "004-#-port-forwarding, XRAY, OURS, true"
    })
    @RequiresPeer("xray")
    void one_end_is_xrays(String seed, Program portal, Program bridge, boolean bridgeFirst) throws Exception {
        thenARequestPasses(seed, portal, bridge, bridgeFirst);
    }

    private static Xray xray(String json) {
        try {
            return Xray.start(json);
        } catch (IllegalStateException e) {
            if (String.valueOf(e.getMessage()).contains("\"legacy reverse\" has been removed")) {
                String reason = "this Xray has no legacy reverse (26.4.17 or older has, by -Dxray=/path)";
                System.out.println("skipped with Xray: " + reason);
                return Assumptions.abort(reason);
            }
            throw e;
        }
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
