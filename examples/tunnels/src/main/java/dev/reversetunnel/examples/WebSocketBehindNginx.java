package dev.reversetunnel.examples;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.websocket.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/**
 * A tunnel that shares port 443 with a web server: nginx ends TLS, and hands what asks for {@code /ray} on to the
 * portal as a WebSocket. Both ends are in one JVM here.
 */
public final class WebSocketBehindNginx {
    private WebSocketBehindNginx() {}

    /**
     * Prints the document for nginx and waits for it; then prints the page that was fetched through the public port.
     *
     * @param args nginx's port for HTTPS, PEM files with its certificate and key
     * @throws Exception if something does not work; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 3) {
            System.err.println("usage: WebSocketBehindNginx HTTPS_PORT CERTIFICATE KEY");
            System.exit(2);
        }
        UUID id = UUID.randomUUID(); // the secret that both ends share
        Path certificate = Path.of(args[1]).toAbsolutePath();

        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain("reverse.shop.internal")
                        .listen(Vless.server(0)
                                .user("shop", id)
                                .address("127.0.0.1") // nginx alone reaches it, so it may do without TLS
                                .transport(WebSocket.server("/ray")))
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .start();
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain("reverse.shop.internal")
                        .connect(Vless.client("localhost", Integer.parseInt(args[0]))
                                .user(id)
                                .transport(WebSocket.client("/ray")
                                        .over(Tls.client().pin(Tls.fingerprint(certificate)))))
                        .serve(exchange -> Site.answer(exchange, "Hello through nginx!"))
                        .start()) {
            System.out.println("put this into /etc/nginx/conf.d and reload nginx:");
            System.out.println(
                    document(args[0], certificate, Path.of(args[2]).toAbsolutePath(), portal.port("tunnels")));
            bridge.awaitReady(Duration.ofMinutes(5));
            System.out.println("a visitor reads: " + Site.read(portal.port("visitors")));
        }
    }

    private static String document(String port, Path certificate, Path key, int tunnelPort) {
        return """
                server {
                    listen %s ssl;
                    ssl_certificate %s;
                    ssl_certificate_key %s;
                    location /ray {
                        proxy_pass http://127.0.0.1:%d;
                        proxy_http_version 1.1;
                        proxy_set_header Host $host;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection upgrade;
                    }
                }
                """.formatted(port, certificate, key, tunnelPort);
    }
}
