package dev.reversetunnel.examples;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peerconfig.Peers;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.vless.Vless;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Our portal, for a bridge that is Xray's. The document that it prints holds the id: this console is yours alone, a log
 * may not be.
 */
public final class PortalForXray {
    private PortalForXray() {}

    /**
     * Starts, prints the document for Xray, and serves until it is stopped. The document pins the certificate, so it
     * may be one that nobody has signed.
     *
     * @param args the host by which the bridge reaches this machine, tunnel port, public port, id, host and port of the
     *     target as the bridge sees it, PEM files with a certificate and its key
     * @throws Exception if a port is taken, say; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 8) {
            System.err.println("usage: PortalForXray HOST TUNNEL_PORT PUBLIC_PORT ID TARGET_HOST TARGET_PORT"
                    + " CERTIFICATE KEY   (port 0 picks a free one)");
            System.exit(2);
        }
        Portal portal = ReverseTunnel.portal("edge")
                .listen(Vless.server(Integer.parseInt(args[1]))
                        .reverseUser("shop", args[3])
                        .transport(Tls.server(Path.of(args[6]), Path.of(args[7]))))
                .listen(Inbound.port(Integer.parseInt(args[2])))
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> portal.drain(Duration.ofSeconds(5))));
        System.out.println("portal: visitors on port " + portal.port("visitors"));
        System.out.println("run this behind NAT with: xray run -config bridge.json");
        System.out.println(portal.peerConfig(
                Peers.xray(args[0]).forward(args[4], Integer.parseInt(args[5])).pin()));
        Thread.currentThread().join();
    }
}
