package dev.reversetunnel.examples;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.vmess.Vmess;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;

/**
 * Visitors come in by SOCKS5, as every browser and curl can, and ask for names that only the bridge's network knows.
 *
 * <p>Here the bridge answers them itself; in real life it has {@code .reach(Outbound.direct().allowPrivate())}, and the
 * proxy has users: {@code Socks5.server(1080).user("ann", password)}.
 */
public final class SocksPortal {
    private SocksPortal() {}

    /**
     * Prints a page of a host that no name server of the visitor knows.
     *
     * @param args none
     * @throws Exception if something does not work; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        UUID id = UUID.randomUUID();
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain("reverse.office.internal")
                        .listen(Vmess.server(0).user("office", id)) // bridges come in here
                        .listen(Socks5.server(0).address("127.0.0.1")) // without users for this machine alone
                        .start();
                Bridge bridge = ReverseTunnel.bridge("office")
                        .domain("reverse.office.internal")
                        .connect(Vmess.client("127.0.0.1", portal.port("tunnels"))
                                .user(id))
                        .serve(exchange -> {
                            byte[] page = ("This is "
                                            + exchange.getRequestHeaders().getFirst("Host"))
                                    .getBytes(StandardCharsets.UTF_8);
                            exchange.sendResponseHeaders(200, page.length);
                            exchange.getResponseBody().write(page);
                            exchange.close();
                        })
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(10));

            InetSocketAddress proxy = new InetSocketAddress(InetAddress.getLoopbackAddress(), portal.port("visitors"));
            URL wiki = URI.create("http://wiki.office.internal/").toURL();
            try (InputStream page =
                    wiki.openConnection(new Proxy(Proxy.Type.SOCKS, proxy)).getInputStream()) {
                System.out.println(wiki + " says: " + new String(page.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
    }
}
