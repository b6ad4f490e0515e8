package dev.reversetunnel.examples;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.vmess.Vmess;
import java.time.Duration;

/** The machine behind NAT, as a process of its own: visitors of the portal reach one address here. */
public final class BridgeHost {
    private BridgeHost() {}

    /**
     * Runs until it is stopped, and connects again whenever the tunnel is lost.
     *
     * @param args the portal's host and tunnel port, domain, id, the target's host and port
     * @throws Exception if the arguments are wrong
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 6) {
            System.err.println("usage: BridgeHost PORTAL_HOST TUNNEL_PORT DOMAIN ID TARGET_HOST TARGET_PORT");
            System.exit(2);
        }
        Bridge bridge = ReverseTunnel.bridge("shop")
                .domain(args[2])
                .connect(Vmess.client(args[0], Integer.parseInt(args[1])).user(args[3]))
                .forward(args[4], Integer.parseInt(args[5]))
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> bridge.drain(Duration.ofSeconds(5))));
        bridge.ready().thenRun(() -> System.out.println("bridge: connected to " + args[0] + ":" + args[1]));
        Thread.currentThread().join();
    }
}
