package dev.reversetunnel.examples;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peerconfig.Peers;
import dev.reversetunnel.vmess.Vmess;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Our bridge, with a web application in this JVM, behind a portal that is V2Ray's. The document that it prints holds
 * the id: this console is yours alone, a log may not be.
 */
public final class BridgeToV2Ray {
    private static final String DOMAIN = "reverse.shop.internal";

    private BridgeToV2Ray() {}

    /**
     * Starts, prints the document for V2Ray, and serves until it is stopped.
     *
     * @param args the portal's host, its tunnel port, its public port, id
     * @throws Exception if the arguments are wrong
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 4) {
            System.err.println("usage: BridgeToV2Ray PORTAL_HOST TUNNEL_PORT PUBLIC_PORT ID");
            System.exit(2);
        }
        int tunnelPort = Integer.parseInt(args[1]);
        Bridge bridge = ReverseTunnel.bridge("shop")
                .domain(DOMAIN)
                .connect(Vmess.client(args[0], tunnelPort).user(args[3]))
                .serve(exchange -> {
                    byte[] page = "Hello from Java, through V2Ray!".getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, page.length);
                    exchange.getResponseBody().write(page);
                    exchange.close();
                })
                .start();
        System.out.println("run this on " + args[0] + " with: v2ray -config portal.json");
        System.out.println(bridge.peerConfig(Peers.v2ray().visitors(Integer.parseInt(args[2]))));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> bridge.drain(Duration.ofSeconds(5))));
        bridge.ready().thenRun(() -> System.out.println("bridge: connected to " + args[0] + ":" + args[1]));
        Thread.currentThread().join();
    }
}
