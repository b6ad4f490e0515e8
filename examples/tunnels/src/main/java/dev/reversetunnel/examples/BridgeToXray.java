package dev.reversetunnel.examples;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peerconfig.Peers;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.tls.TlsClient;
import dev.reversetunnel.vless.Vless;
import java.time.Duration;

/**
 * Our bridge, with a web application in this JVM, behind a portal that is Xray's. It registers by VLESS' reverse
 * command, the only way that today's Xray knows, needs no domain, and is told who its visitors are.
 *
 * <p>The document that it prints holds the id: this console is yours alone, a log may not be.
 */
public final class BridgeToXray {
    private BridgeToXray() {}

    /**
     * Starts, prints the document for Xray, and serves until it is stopped.
     *
     * @param args the portal's host, its tunnel port, its public port, id, paths of PEM files on the portal's machine
     *     with its certificate and key; and, unless a public authority has signed that, its pin: what {@code openssl
     *     x509 -noout -fingerprint -sha256 -in certificate.pem} prints
     * @throws Exception if the arguments are wrong
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 6 && args.length != 7) {
            System.err.println("usage: BridgeToXray PORTAL_HOST TUNNEL_PORT PUBLIC_PORT ID CERTIFICATE KEY [PIN]");
            System.exit(2);
        }
        TlsClient tls = args.length == 7 ? Tls.client().pin(args[6]) : Tls.client();
        Bridge bridge = ReverseTunnel.bridge("shop")
                .connect(Vless.client(args[0], Integer.parseInt(args[1]))
                        .user(args[3])
                        .reverse()
                        .transport(tls))
                .serve(exchange -> Site.answer(
                        exchange, "Hello " + exchange.getRemoteAddress().getHostString() + ", from Java!"))
                .start();
        System.out.println("run this on " + args[0] + " with: xray run -config portal.json");
        System.out.println(bridge.peerConfig(
                Peers.xray().visitors(Integer.parseInt(args[2])).certificate(args[4], args[5])));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> bridge.drain(Duration.ofSeconds(5))));
        bridge.ready().thenRun(() -> System.out.println("bridge: connected to " + args[0] + ":" + args[1]));
        Thread.currentThread().join();
    }
}
