package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.Xray;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents that were written for another program are given to it as they are. */
class ExportedDocumentsIT {
    private final Origin origin = Origin.start();
    private final int door = Ports.free();
    private final int interconn = Ports.free();

    @AfterEach
    void close() {
        origin.close();
    }

    static Stream<String> samples() {
        return ExportTest.samples().stream();
    }

    /** The ports of the samples may be taken: only what a program says of them itself is looked at. */
    @ParameterizedTest
    @MethodSource("samples")
    @RequiresPeer("v2ray")
    void v2ray_takes_what_is_written_for_it(String sample) throws Exception {
        String document = onFreePorts(Document.parse(sample).export(Format.V2RAY));
        try (V2Ray v2ray = V2Ray.start(document)) {
            then(v2ray.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    @RequiresPeer("xray")
    void xray_takes_what_is_written_for_it(String sample) throws Exception {
        // Today's Xray refuses "reverse"; see the other tests.
        String document = onFreePorts(Document.parse(sample).export(Format.XRAY))
                .replaceFirst("(?s)\"reverse\": \\{.*?\\]\\s*\\},", "")
                .replaceAll("\"outboundTag\": \"portal\"", "\"outboundTag\": \"nowhere\"");
        try (Xray xray = Xray.start(document)) {
            then(xray.isAlive()).isTrue();
        }
    }

    private static String onFreePorts(String document) {
        String text = document;
        for (int port : new int[] {8080, 8081, 1080, 3128, 1024, 1025, 1026, 1027}) {
            text = text.replace(
                    "\"port\": " + port + ",\n      \"protocol\"",
                    "\"port\": " + Ports.free() + ",\n      \"protocol\"");
        }
        // their list of addresses is not installed everywhere
        return quiet(text).replaceFirst("\"geoip:private\",\\s*", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"000", "001", "002", "004"})
    @RequiresPeer("xray")
    void xray_is_the_bridge_of_our_portal_by_documents_that_were_migrated(String seed) throws Exception {
        String suffix = seed.equals("004") ? "-port-forwarding.json" : ".json";
        String portal = near(Published.portal(seed + "-portal" + suffix, door, interconn));
        String bridge = Published.bridge(seed + "-bridge" + suffix, interconn, origin.port());
        try (ReverseTunnel ours = migrated(portal);
                Xray theirs = Xray.start(quiet(Document.parse(bridge).export(Format.XRAY_REVERSE)))) {
            passes();
            then(theirs.isAlive()).isTrue();
            then(ours.snapshot().tunnels()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"000", "001", "002", "004"})
    @RequiresPeer("xray")
    void xray_is_the_portal_of_our_bridge_by_documents_that_were_migrated(String seed) throws Exception {
        String suffix = seed.equals("004") ? "-port-forwarding.json" : ".json";
        String portal = near(Published.portal(seed + "-portal" + suffix, door, interconn));
        String bridge = Published.bridge(seed + "-bridge" + suffix, interconn, origin.port());
        try (Xray theirs = Xray.start(quiet(Document.parse(portal).export(Format.XRAY_REVERSE)));
                ReverseTunnel ours = migrated(bridge)) {
            passes();
            then(theirs.isAlive()).isTrue();
            then(ours.snapshot().tunnels()).isNotEmpty();
        }
    }

    private static ReverseTunnel migrated(String document) throws Exception {
        String now = Document.parse(document).export(Format.XRAY_REVERSE);
        return Document.parse(now).node().start();
    }

    private String near(String portal) {
        return portal.replace("\"port\": " + interconn, "\"listen\": \"127.0.0.1\", \"port\": " + interconn);
    }

    /** The level at which it says that it has started. */
    private static String quiet(String document) {
        return document.replaceFirst("\"loglevel\": \"\\w+\"", "\"loglevel\": \"warning\"");
    }

    private void passes() {
        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .untilAsserted(() -> then(Client.get(door)).isEqualTo(Origin.BODY));
    }
}
