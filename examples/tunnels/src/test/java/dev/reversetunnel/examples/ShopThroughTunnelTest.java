package dev.reversetunnel.examples;

import static org.assertj.core.api.BDDAssertions.then;

import com.sun.net.httpserver.HttpServer;
import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.vmess.Vmess;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A test of your own: does my application still work when its users come through a tunnel? */
class ShopThroughTunnelTest {
    private final UUID id = UUID.randomUUID();
    private HttpServer shop;
    private Portal portal;
    private Bridge bridge;

    @BeforeEach
    void open_a_tunnel_to_the_shop() throws Exception {
        shop = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        shop.createContext("/price", exchange -> {
            byte[] price = "42".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, price.length);
            exchange.getResponseBody().write(price);
            exchange.close();
        });
        shop.start();
        portal = ReverseTunnel.portal("edge")
                .domain("reverse.shop.internal")
                .listen(Vmess.server(0).user("shop", id))
                .listen(Inbound.port(0).address("127.0.0.1"))
                .start();
        bridge = ReverseTunnel.bridge("shop")
                .domain("reverse.shop.internal")
                .connect(Vmess.client("127.0.0.1", portal.port("tunnels")).user(id))
                .forward("127.0.0.1", shop.getAddress().getPort())
                .start();
        bridge.awaitReady(Duration.ofSeconds(10));
    }

    @AfterEach
    void close() {
        bridge.close();
        portal.close();
        shop.stop(0);
    }

    @Test
    void a_customer_sees_the_price_through_the_tunnel() throws Exception {
        URI price = URI.create("http://127.0.0.1:" + portal.port("visitors") + "/price");

        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(price).build(), HttpResponse.BodyHandlers.ofString());

        then(answer.body()).isEqualTo("42");
    }
}
