package dev.reversetunnel.peers;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.peers.V2RayDocuments.Security;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An nginx in front of others, and nothing of ours: what interoperability tests stand on. */
@RequiresPeer("nginx")
class NginxIT {
    private static final TestCertificate CERTIFICATE = TestCertificate.create();

    private final int front = Ports.free();
    private final Origin origin = Origin.start();

    @AfterEach
    void close() {
        origin.close();
    }

    @Test
    void hands_requests_on() throws IOException {
        try (Nginx nginx = Nginx.start(NginxDocument.inFrontOf(front, origin.port()))) {
            then(Client.get(front)).isEqualTo(Origin.BODY);
            then(nginx.isAlive()).isTrue();
        }
    }

    @Test
    void ends_tls() throws Exception {
        try (Nginx nginx =
                Nginx.start(NginxDocument.inFrontOf(front, origin.port()).tls(CERTIFICATE))) {
            HttpClient client =
                    HttpClient.newBuilder().sslContext(CERTIFICATE.trusting()).build();
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + front + "/"))
                    .timeout(Client.PATIENCE)
                    .build();

            then(client.send(request, BodyHandlers.ofString()).body()).isEqualTo(Origin.BODY);
            then(nginx.isAlive()).isTrue();
        }
    }

    @Test
    void ends_what_is_silent_for_too_long() {
        try (Origin deaf = Origin.neverReading();
                Nginx nginx =
                        Nginx.start(NginxDocument.inFrontOf(front, deaf.port()).silence(Duration.ofMillis(50)))) {
            thenThrownBy(() -> Client.get(front)).hasMessageContaining("HTTP/1.1 504 ");
            then(nginx.isAlive()).isTrue();
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void hands_web_sockets_on() throws IOException {
        int server = Ports.free();
        int door = Ports.free();
        V2RayCarrier plain =
                V2RayCarrier.vmess(UUID.randomUUID(), Security.AUTO).webSocket("/tunnel");
        try (V2Ray running = V2Ray.start(V2RayDocuments.server(server, plain));
                Nginx nginx = Nginx.start(NginxDocument.inFrontOf(front, server).tls(CERTIFICATE));
                V2Ray client = V2Ray.start(V2RayDocuments.client(door, origin.port(), front, plain.tls(CERTIFICATE)))) {
            Rounds.tcp(door);
            then(running.isAlive() && nginx.isAlive() && client.isAlive()).isTrue();
        }
    }
}
