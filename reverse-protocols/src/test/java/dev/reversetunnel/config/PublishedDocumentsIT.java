package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The documents that manuals and articles print, as they are, with our library at both ends and with V2Ray at either,
 * in every order. 000 is of Xray, and 004 of an article about it, which V2Ray 4 does not take: it wants a type in each
 * rule, and knows no Shadowsocks of 2022.
 */
class PublishedDocumentsIT {
    private static final List<String> SEEDS = List.of("000", "001", "002", "004");
    private static final List<String> OF_V2RAY = List.of("001", "002");

    private final Origin origin = Origin.start();
    private final int door = Ports.free();
    private final int interconn = Ports.free();

    @AfterEach
    void close() {
        origin.close();
    }

    /** One of the two programs. */
    enum End {
        OURS,
        V2RAY;

        AutoCloseable start(String document) throws Exception {
            return this == OURS
                    ? Document.parse(document).node().start()
                    : V2Ray.start(document.replaceFirst("\\{", "{\"log\": {\"loglevel\": \"warning\"},"));
        }
    }

    static Stream<Arguments> pairs() {
        List<Arguments> pairs = new ArrayList<>();
        for (boolean portalFirst : List.of(true, false)) {
            SEEDS.forEach(seed -> pairs.add(arguments(seed, End.OURS, End.OURS, portalFirst)));
        }
        return pairs.stream();
    }

    static Stream<Arguments> pairsWithV2Ray() {
        List<Arguments> pairs = new ArrayList<>();
        for (boolean portalFirst : List.of(true, false)) {
            OF_V2RAY.forEach(seed -> pairs.add(arguments(seed, End.OURS, End.V2RAY, portalFirst)));
            OF_V2RAY.forEach(seed -> pairs.add(arguments(seed, End.V2RAY, End.OURS, portalFirst)));
        }
        return pairs.stream();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void a_request_passes_between_our_nodes(String seed, End portal, End bridge, boolean portalFirst) throws Exception {
        passes(seed, portal, bridge, portalFirst);
    }

    @ParameterizedTest
    @MethodSource("pairsWithV2Ray")
    @RequiresPeer("v2ray")
    void a_request_passes_with_v2ray_at_either_end(String seed, End portal, End bridge, boolean portalFirst)
            throws Exception {
        passes(seed, portal, bridge, portalFirst);
    }

    private void passes(String seed, End portal, End bridge, boolean portalFirst) throws Exception {
        String suffix = seed.equals("004") ? "-port-forwarding.json" : ".json";
        String publicEnd = Published.portal(seed + "-portal" + suffix, door, interconn);
        String privateEnd = Published.bridge(seed + "-bridge" + suffix, interconn, origin.port());
        try (AutoCloseable first = portalFirst ? portal.start(publicEnd) : bridge.start(privateEnd);
                AutoCloseable second = portalFirst ? bridge.start(privateEnd) : portal.start(publicEnd)) {
            then(List.of(first, second)).hasSize(2);
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .untilAsserted(() -> then(Client.get(door)).isEqualTo(Origin.BODY));
        }
    }

    /**
     * Users of the article's portal come in by Shadowsocks, where the bridge registers, and reach its whole network.
     */
    @Test
    void a_user_reaches_what_he_asks_for_by_the_documents_of_the_article() throws Exception {
        try (ReverseTunnel portal = Document.parse(Published.portal("004-portal.json", 0, interconn))
                        .node()
                        .start();
                ReverseTunnel bridge = Document.parse(Published.bridge("004-bridge.json", interconn, 80))
                        .node()
                        .start();
                ReverseTunnel user = ReverseTunnel.node()
                        .inbound("door", Inbound.port(0).to("127.0.0.1", origin.port()))
                        .outbound(
                                "portal",
                                Shadowsocks.client("127.0.0.1", interconn).password(Published.PASSWORD))
                        .route(Rule.any().to("portal"))
                        .start()) {
            bridge.ready("bridge").get(20, java.util.concurrent.TimeUnit.SECONDS);
            then(Client.get(user.port("door"))).isEqualTo(Origin.BODY);
            then(portal.snapshot().tunnels()).hasSize(1);
        }
    }
}
