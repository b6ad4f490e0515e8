package dev.reversetunnel.examples;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.socks.Socks5;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * One Shadowsocks 2022 port for everything: the bridge registers there, and a phone or a laptop with any Shadowsocks
 * client comes in there and is in the bridge's network. A second port shows the bridge's web server to everybody.
 *
 * <p>Portal, bridge and user are in one JVM here, and three machines in real life.
 */
public final class ShadowsocksForBoth {
    private static final String DOMAIN = "reverse.home.internal";

    private ShadowsocksForBoth() {}

    /**
     * Prints what a visitor of the public port reads, and what a user reads in the bridge's network.
     *
     * @param args none
     * @throws Exception if something does not work; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        String key = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022.newPassword(); // the secret that all three share

        try (Site web = Site.saying("Hello from the web server at home!");
                Site printer = Site.saying("Hello from the printer at home!");
                Portal portal = ReverseTunnel.portal("edge")
                        .domain(DOMAIN)
                        .listen(
                                "incoming",
                                Shadowsocks.server(0).user("home", key).client()) // TCP and UDP
                        .listen("web", Inbound.port(0).address("127.0.0.1").to("127.0.0.1", 80))
                        .start();
                ReverseTunnel bridge = home(portal.port("incoming"), key, web.port());
                ReverseTunnel laptop = laptop(portal.port("incoming"), key)) {
            bridge.ready("home").get(10, TimeUnit.SECONDS);

            System.out.println("a visitor reads: " + Site.read(portal.port("web")));
            System.out.println("a user reads: " + Site.readBySocks(laptop.port("socks"), printer.port()));
            bridge.drain(Duration.ofSeconds(1));
        }
    }

    /** The bridge: what asks for port 80 gets the web server, mail is blocked, everything else is dialled. */
    private static ReverseTunnel home(int portalPort, String key, int webPort) throws Exception {
        return ReverseTunnel.node()
                .bridge("home", DOMAIN)
                .outbound(
                        "outgoing", Shadowsocks.client("127.0.0.1", portalPort).password(key))
                .outbound("web-server", Outbound.to("127.0.0.1", webPort))
                .outbound("direct", Outbound.direct().allowPrivate()) // the whole network that this machine is in
                .outbound("block", Outbound.refuse())
                .route(Rule.inbound("home").domain("full:" + DOMAIN).to("outgoing"))
                .route(Rule.inbound("home").port(80).to("web-server"))
                .route(Rule.inbound("home").port(25).to("block"))
                .route(Rule.inbound("home").to("direct"))
                .start();
    }

    /** The user: a SOCKS5 proxy for this machine, which asks the portal. Any Shadowsocks client does the same. */
    private static ReverseTunnel laptop(int portalPort, String key) throws Exception {
        return ReverseTunnel.node()
                .inbound("socks", Socks5.server(0).address("127.0.0.1"))
                .outbound("portal", Shadowsocks.client("127.0.0.1", portalPort).password(key))
                .route(Rule.inbound("socks").to("portal"))
                .start();
    }
}
