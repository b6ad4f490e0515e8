package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.Origin;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The documents that manuals and articles print, as they are; only ports, addresses and dots are replaced. */
class PublishedDocumentsIT {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    @ParameterizedTest
    @CsvSource({
        "000-portal.json, 000-bridge.json, external",
        "001-portal.json, 001-bridge.json, external",
        "002-portal.json, 002-bridge.json, external",
        "004-portal-port-forwarding.json, 004-bridge-port-forwarding.json, web_server_forward"
    })
    void a_request_passes_between_two_nodes_of_published_documents(String portal, String bridge, String door)
            throws Exception {
        try (Origin origin = Origin.start();
                ReverseTunnel publicEnd =
                        Document.parse(Published.portal(portal, 0, 0)).node().start()) {
            int interconn = publicEnd.port(portal.startsWith("004") ? "incoming" : "interconn");
            try (ReverseTunnel privateEnd = Document.parse(Published.bridge(bridge, interconn, origin.port()))
                    .node()
                    .start()) {
                privateEnd.ready("bridge").get(20, TimeUnit.SECONDS);
                then(get(publicEnd.port(door))).contains("200");
            }
        }
    }

    private static String get(int port) throws IOException, InterruptedException {
        HttpResponse<String> response = HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                        .timeout(Duration.ofSeconds(10))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }
}
