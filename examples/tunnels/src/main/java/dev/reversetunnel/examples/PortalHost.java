package dev.reversetunnel.examples;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.vmess.Vmess;
import java.time.Duration;

/** The public machine, as a process of its own. */
public final class PortalHost {
    private PortalHost() {}

    /**
     * Runs until it is stopped; then lets sessions end for 5 s.
     *
     * @param args tunnel port, public port, domain, id
     * @throws Exception if a port is taken, say; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 4) {
            System.err.println("usage: PortalHost TUNNEL_PORT PUBLIC_PORT DOMAIN ID   (port 0 picks a free one)");
            System.exit(2);
        }
        Portal portal = ReverseTunnel.portal("edge")
                .domain(args[2])
                .listen(Vmess.server(Integer.parseInt(args[0])).user("shop", args[3]))
                .listen(Inbound.port(Integer.parseInt(args[1])))
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> portal.drain(Duration.ofSeconds(5))));
        System.out.println(
                "portal: tunnels on port " + portal.port("tunnels") + ", visitors on port " + portal.port("visitors"));
        Thread.currentThread().join();
    }
}
