package dev.reversetunnel.examples;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.reversetunnel.Portal;
import dev.reversetunnel.lab.FaultProxy;
import dev.reversetunnel.lab.TunnelExtension;
import dev.reversetunnel.vmess.Vmess;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests of your own: does my application still work when its users come through a tunnel, over a bad network? */
class ShopThroughTunnelTest {
    private static final UUID ID = UUID.randomUUID();
    private static final int CATALOGUE = 3_000_000;

    private HttpServer shop;

    @RegisterExtension
    final TunnelExtension tunnel = TunnelExtension.carriedBy(
                    Vmess.server(0).user("shop", ID),
                    port -> Vmess.client("127.0.0.1", port).user(ID))
            .bridge(bridge -> bridge.forward("127.0.0.1", shop.getAddress().getPort()));

    @BeforeEach
    void open_the_shop() throws IOException {
        shop = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        shop.createContext("/price", exchange -> {
            byte[] price = "42".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, price.length);
            exchange.getResponseBody().write(price);
            exchange.close();
        });
        shop.createContext("/catalogue", exchange -> {
            exchange.sendResponseHeaders(200, CATALOGUE);
            exchange.getResponseBody().write(new byte[CATALOGUE]);
            exchange.close();
        });
        shop.start();
    }

    @AfterEach
    void close_the_shop() {
        shop.stop(0);
    }

    private static String get(Portal portal, String path) throws IOException {
        URI page = URI.create("http://127.0.0.1:" + portal.port("visitors") + path);
        var connection = page.toURL().openConnection();
        connection.setRequestProperty("Connection", "close");
        try (InputStream body = connection.getInputStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void a_customer_sees_the_price_through_the_tunnel(Portal portal) throws Exception {
        then(get(portal, "/price")).isEqualTo("42");
    }

    @Test
    void a_customer_sees_the_price_over_a_mobile_network(Portal portal, FaultProxy line) throws Exception {
        line.both(way ->
                way.delay(Duration.ofMillis(60)).jitter(Duration.ofMillis(40)).split(1, 1_400));

        then(get(portal, "/price")).isEqualTo("42");
    }

    @Test
    void a_catalogue_is_never_half_of_one_and_the_next_customer_is_served(Portal portal, FaultProxy line)
            throws Exception {
        line.toTarget().resetOnceAfter(CATALOGUE / 2);

        try (Socket customer = new Socket(InetAddress.getLoopbackAddress(), portal.port("visitors"))) {
            customer.getOutputStream()
                    .write("GET /catalogue HTTP/1.1\r\nHost: shop\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            thenThrownBy(() -> customer.getInputStream().readNBytes(CATALOGUE)).isInstanceOf(SocketException.class);
        }
        await().ignoreExceptions()
                .untilAsserted(() -> then(get(portal, "/price")).isEqualTo("42"));
    }
}
