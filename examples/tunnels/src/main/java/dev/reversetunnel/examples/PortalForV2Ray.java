package dev.reversetunnel.examples;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peerconfig.Peers;
import dev.reversetunnel.vmess.Vmess;
import java.time.Duration;

/**
 * Our portal, for a bridge that is V2Ray's. The document that it prints holds the id: this console is yours alone, a
 * log may not be.
 */
public final class PortalForV2Ray {
    private static final String DOMAIN = "reverse.shop.internal";

    private PortalForV2Ray() {}

    /**
     * Starts, prints the document for V2Ray, and serves until it is stopped.
     *
     * @param args the host by which the bridge reaches this machine, tunnel port, public port, id, and host and port of
     *     the target as the bridge sees it
     * @throws Exception if a port is taken, say; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 6) {
            System.err.println("usage: PortalForV2Ray HOST TUNNEL_PORT PUBLIC_PORT ID TARGET_HOST TARGET_PORT"
                    + "   (port 0 picks a free one)");
            System.exit(2);
        }
        Portal portal = ReverseTunnel.portal("edge")
                .domain(DOMAIN)
                .listen(Vmess.server(Integer.parseInt(args[1])).user("shop", args[3]))
                .listen(Inbound.port(Integer.parseInt(args[2])))
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> portal.drain(Duration.ofSeconds(5))));
        System.out.println("portal: visitors on port " + portal.port("visitors"));
        System.out.println("run this behind NAT with: v2ray -config bridge.json");
        System.out.println(portal.peerConfig(Peers.v2ray(args[0]).forward(args[4], Integer.parseInt(args[5]))));
        Thread.currentThread().join();
    }
}
