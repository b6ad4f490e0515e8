package dev.reversetunnel.examples;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.vmess.Vmess;
import java.time.Duration;
import java.util.UUID;

/**
 * Users come in by SOCKS5, as browsers and curl speak it, and are in the network of the bridge: what they ask for is
 * dialled there. Both ends are in one JVM here.
 *
 * <p>SOCKS5 is not encrypted. Here it is for users on the portal's own machine; others need a password at least
 * ({@code .user(name, password)} instead of {@code .address(...)}), and better another protocol, see
 * {@link ShadowsocksForBoth}.
 */
public final class Socks5Portal {
    private Socks5Portal() {}

    /**
     * Prints a page of the bridge's network, read through the proxy.
     *
     * @param args none
     * @throws Exception if something does not work; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        UUID id = UUID.randomUUID(); // the secret that both ends share

        try (Site printer = Site.saying("Hello from the bridge's network!");
                Portal portal = ReverseTunnel.portal("edge")
                        .domain("reverse.home.internal")
                        .listen(Vmess.server(0).user("home", id))
                        .listen("socks", Socks5.server(0).address("127.0.0.1"))
                        .start();
                Bridge bridge = ReverseTunnel.bridge("home")
                        .domain("reverse.home.internal")
                        .connect(Vmess.client("127.0.0.1", portal.port("tunnels"))
                                .user(id))
                        .reach(Outbound.direct().allowPrivate()) // the whole network that this machine is in
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(10));

            int proxy = portal.port("socks");
            System.out.println(
                    "through socks5h://127.0.0.1:" + proxy + " one reads: " + Site.readBySocks(proxy, printer.port()));
        }
    }
}
