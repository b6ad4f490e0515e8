package dev.reversetunnel.examples;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.vmess.Vmess;
import java.time.Duration;

/** Our portal, for a bridge that is V2Ray's. */
public final class PortalForV2Ray {
    private static final String DOMAIN = "reverse.shop.internal";

    private PortalForV2Ray() {}

    /**
     * Prints the document for V2Ray, then serves until it is stopped.
     *
     * @param args the host by which the bridge reaches this machine, tunnel port, public port, id, and the target as
     *     the bridge sees it, such as {@code 127.0.0.1:8080}
     * @throws Exception if a port is taken, say; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 5) {
            System.err.println(
                    "usage: PortalForV2Ray HOST TUNNEL_PORT PUBLIC_PORT ID TARGET   (port 0 picks a free one)");
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
        System.out.println(V2RayDocument.bridge(args[0], portal.port("tunnels"), DOMAIN, args[3], args[4]));
        Thread.currentThread().join();
    }
}
