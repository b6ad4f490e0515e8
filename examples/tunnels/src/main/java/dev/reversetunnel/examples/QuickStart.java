package dev.reversetunnel.examples;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.vmess.Vmess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;

/**
 * Both ends in one JVM: a web server that has no port answers on the portal's.
 *
 * <p>In real life the portal runs on a public machine and the bridge inside the application, see {@link PortalHost} and
 * {@link BridgeHost}.
 */
public final class QuickStart {
    private QuickStart() {}

    /**
     * Prints the page that was fetched through the public port.
     *
     * @param args none
     * @throws Exception if something does not work; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        UUID id = UUID.randomUUID(); // the secret that both ends share

        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain("reverse.shop.internal")
                        .listen(Vmess.server(0).user("shop", id)) // bridges come in here; 0 picks a free port
                        .listen(Inbound.port(0).address("127.0.0.1")) // everybody else comes in here
                        .start();
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain("reverse.shop.internal")
                        .connect(Vmess.client("127.0.0.1", portal.port("tunnels"))
                                .user(id))
                        .serve(exchange -> {
                            byte[] page = "Hello from a web server without a port!".getBytes(StandardCharsets.UTF_8);
                            exchange.sendResponseHeaders(200, page.length);
                            exchange.getResponseBody().write(page);
                            exchange.close();
                        })
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(10));

            URI address = URI.create("http://127.0.0.1:" + portal.port("visitors") + "/");
            HttpResponse<String> page = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
            System.out.println(address + " says: " + page.body());
        }
    }
}
