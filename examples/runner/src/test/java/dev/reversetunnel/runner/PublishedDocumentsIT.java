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
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import java.time.Duration;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What people start from, run by this runner at both ends, and by V2Ray 4.34 and Xray at either, where they take the
 * document; in both orders. A request passes.
 *
 * <p>Xray takes such documents up to 26.4.17; later ones refuse to start. There the tests with Xray are skipped and say
 * so.
 */
class PublishedDocumentsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Origin origin = Origin.start();
    private final int visitors = Ports.free();
    private final int bridges = Ports.free();

    @AfterEach
    void close() {
        origin.close();
    }

    /** Starts a program with a document. */
    private interface Program extends Function<String, AutoCloseable> {}

    private static final Program OURS = RunnerProcess::running;
    private static final Program V2RAY = V2Ray::start;
    private static final Program XRAY = PublishedDocumentsIT::xray;

    private static Xray xray(String document) {
        try {
            return Xray.start(document);
        } catch (IllegalStateException e) {
            if (String.valueOf(e.getMessage()).contains("\"legacy reverse\" has been removed")) {
                String reason = "this Xray has no legacy reverse (expected: 26.4.17 or older, by -Dxray=/path)";
                System.out.println("skipped with_xray: " + reason);
                return Assumptions.abort(reason);
            }
            throw e;
        }
    }

    static Stream<Arguments> ours() {
        return Published.WITH_A_WEB_PORT.stream()
                .flatMap(published -> Stream.of(Arguments.of(published, true), Arguments.of(published, false)));
    }

    static Stream<Arguments> v2rays() {
        return Stream.of(Published.V2RAYS, Published.V2RAYS_OLDER).flatMap(PublishedDocumentsIT::eitherEndInBothOrders);
    }

    static Stream<Arguments> xrays() {
        return Stream.of(Published.XRAYS, Published.V2RAYS, Published.ARTICLES_WITH_WEB)
                .flatMap(PublishedDocumentsIT::eitherEndInBothOrders);
    }

    private static Stream<Arguments> eitherEndInBothOrders(Published published) {
        return Stream.of(true, false)
                .flatMap(ourPortal ->
                        Stream.of(true, false).map(portalFirst -> Arguments.of(published, ourPortal, portalFirst)));
    }

    @ParameterizedTest(name = "{0}, portal first: {1}")
    @MethodSource("ours")
    void at_both_ends(Published published, boolean portalFirst) throws Exception {
        thenARequestPasses(published, OURS, OURS, portalFirst);
    }

    @ParameterizedTest(name = "{0}, portal is ours: {1}, portal first: {2}")
    @MethodSource("v2rays")
    @RequiresPeer("v2ray")
    void with_v2ray(Published published, boolean ourPortal, boolean portalFirst) throws Exception {
        thenARequestPasses(published, ourPortal ? OURS : V2RAY, ourPortal ? V2RAY : OURS, portalFirst);
    }

    @ParameterizedTest(name = "{0}, portal is ours: {1}, portal first: {2}")
    @MethodSource("xrays")
    @RequiresPeer("xray")
    void with_xray(Published published, boolean ourPortal, boolean portalFirst) throws Exception {
        thenARequestPasses(published, ourPortal ? OURS : XRAY, ourPortal ? XRAY : OURS, portalFirst);
    }

    private void thenARequestPasses(Published published, Program portal, Program bridge, boolean portalFirst)
            throws Exception {
        String publicEnd = published.portal(visitors, bridges);
        String privateEnd = published.bridge(bridges, origin.port());
        try (AutoCloseable first = portalFirst ? portal.apply(publicEnd) : bridge.apply(privateEnd);
                AutoCloseable second = portalFirst ? bridge.apply(privateEnd) : portal.apply(publicEnd)) {
            then(first).isNotNull();
            then(second).isNotNull();
            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .untilAsserted(() -> then(Client.get(visitors)).isEqualTo(Origin.BODY));
        }
    }

    /** The article's first pair has no web port: who has the key comes in by the port of the bridge. */
    @Test
    void users_of_one_shadowsocks_port_are_in_the_bridges_network() throws Exception {
        try (RunnerProcess portal = RunnerProcess.running(Published.ARTICLES.portal(visitors, bridges));
                RunnerProcess bridge = RunnerProcess.running(Published.ARTICLES.bridge(bridges, origin.port()));
                ReverseTunnel user = ReverseTunnel.node()
                        .inbound("local", Inbound.port(0).address("127.0.0.1").to("127.0.0.1", origin.port()))
                        .outbound(
                                "portal",
                                Shadowsocks.client("127.0.0.1", bridges)
                                        .method(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022)
                                        .password(Published.PASSWORD))
                        .route(Rule.any().to("portal"))
                        .start()) {
            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .untilAsserted(() -> then(Client.get(user.port("local"))).isEqualTo(Origin.BODY));
            then(portal.err()).isEmpty();
            then(bridge.err()).isEmpty();
        }
    }
}
