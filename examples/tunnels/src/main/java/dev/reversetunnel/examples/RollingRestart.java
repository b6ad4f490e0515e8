package dev.reversetunnel.examples;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.vmess.Vmess;
import java.time.Duration;
import java.util.UUID;

/**
 * A new edition of an application takes over, and no visitor notices: its bridge is up before that of the old edition
 * drains. In real life the two are processes; start the new one, wait until it is ready, then let the old one drain.
 */
public final class RollingRestart {
    private RollingRestart() {}

    /**
     * Prints who answers, read through the same port.
     *
     * @param args none
     * @throws Exception if something does not work; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        UUID id = UUID.randomUUID(); // the secret that both ends share

        try (Portal portal = ReverseTunnel.portal("edge")
                .domain("reverse.shop.internal")
                .listen(Vmess.server(0).user("shop", id))
                .listen(Inbound.port(0).address("127.0.0.1")) // in real life 80
                .start()) {
            int port = portal.port("visitors");

            Bridge old = edition("edition 1", portal.port("tunnels"), id);
            System.out.println("shop.example says: " + Site.read("shop.example", port));

            try (Bridge next = edition("edition 2", portal.port("tunnels"), id)) {
                int cut = old.drain(Duration.ofSeconds(30)); // what it serves comes to its end, then it closes
                System.out.println("edition 1 has gone, and " + cut + " visitors were cut");
                System.out.println("shop.example says: " + Site.read("shop.example", port));
                next.drain(Duration.ofSeconds(30));
            }
        }
    }

    private static Bridge edition(String name, int portalPort, UUID id) throws Exception {
        Bridge bridge = ReverseTunnel.bridge(name)
                .domain("reverse.shop.internal")
                .connect(Vmess.client("127.0.0.1", portalPort).user(id))
                .serve(exchange -> Site.answer(exchange, "Hello from " + name + "!"))
                .start();
        bridge.awaitReady(Duration.ofSeconds(10));
        return bridge;
    }
}
