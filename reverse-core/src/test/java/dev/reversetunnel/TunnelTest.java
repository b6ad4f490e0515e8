package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Portal and bridge over a plain carrier on loopback. */
class TunnelTest {
    private static final String DOMAIN = "reverse.test.internal";

    @Test
    void a_visitor_reaches_code_in_the_bridges_jvm() throws Exception {
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain(DOMAIN)
                        .listen(Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .start();
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain(DOMAIN)
                        .connect(Plain.client(Transport.tcp(), portal.port("tunnels")))
                        .serve(exchange -> {
                            byte[] page = "hello from behind".getBytes(StandardCharsets.UTF_8);
                            exchange.sendResponseHeaders(200, page.length);
                            exchange.getResponseBody().write(page);
                            exchange.close();
                        })
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(5));

            then(get(portal.port("visitors"))).contains("200 OK").endsWith("hello from behind");
        }
    }

    private static String get(int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
