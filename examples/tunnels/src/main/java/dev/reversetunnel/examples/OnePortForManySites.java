package dev.reversetunnel.examples;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.Sniffed;
import dev.reversetunnel.Sniffing;
import dev.reversetunnel.vmess.Vmess;
import java.time.Duration;
import java.util.UUID;

/**
 * One public port for several sites, each behind a bridge of its own: visitors are led by the host that they name, in
 * HTTP's {@code Host} or in the SNI of TLS, which stays closed to the portal. All ends are in one JVM here.
 */
public final class OnePortForManySites {
    private OnePortForManySites() {}

    /**
     * Prints the page of each site, read through the same port.
     *
     * @param args none
     * @throws Exception if something does not work; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        UUID id = UUID.randomUUID(); // the secret that all ends share

        try (ReverseTunnel edge = edge(id);
                Bridge shop = bridge("shop", edge.port("tunnels"), id);
                Bridge blog = bridge("blog", edge.port("tunnels"), id)) {
            shop.awaitReady(Duration.ofSeconds(10));
            blog.awaitReady(Duration.ofSeconds(10));

            int port = edge.port("web");
            System.out.println("shop.example says: " + Site.read("shop.example", port));
            System.out.println("www.blog.example says: " + Site.read("www.blog.example", port));
        }
    }

    /** The public machine. All visitors of the web speak first, so there is no hurry. */
    private static ReverseTunnel edge(UUID id) throws Exception {
        return ReverseTunnel.node()
                .inbound(
                        "web", // in real life 80, and another one at 443
                        Inbound.port(0)
                                .address("127.0.0.1")
                                .sniff(Sniffing.of(Sniffed.HTTP, Sniffed.TLS).patience(Duration.ofSeconds(5))))
                .inbound("tunnels", Vmess.server(0).user("sites", id))
                .portal("shop", "shop.internal")
                .portal("blog", "blog.internal")
                .route(Rule.inbound("tunnels").domain("full:shop.internal").to("shop"))
                .route(Rule.inbound("tunnels").domain("full:blog.internal").to("blog"))
                .route(Rule.inbound("web").domain("domain:shop.example").to("shop"))
                .route(Rule.inbound("web").domain("domain:blog.example").to("blog"))
                .start(); // whoever names another host, or none, is refused
    }

    /** A machine behind NAT. With TLS, {@code forward(host, port)} to the server that has the certificate. */
    private static Bridge bridge(String name, int portalPort, UUID id) throws Exception {
        return ReverseTunnel.bridge(name)
                .domain(name + ".internal")
                .connect(Vmess.client("127.0.0.1", portalPort).user(id))
                .serve(exchange -> Site.answer(exchange, "Hello from the " + name + "!"))
                .start();
    }
}
