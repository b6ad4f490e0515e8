package dev.reversetunnel.examples;

import dev.reversetunnel.Access;
import dev.reversetunnel.Connection;
import dev.reversetunnel.NetworkMember;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.PrivateNetwork;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.vmess.Vmess;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A private network of two machines behind NAT: a laptop reaches the web server of a NAS by name or virtual address,
 * from any program by SOCKS5 or from Java, and nothing else of it. No routes and no rights are needed. Hub and members
 * are in one JVM here.
 */
public final class PrivateNetworkAtHome {
    private PrivateNetworkAtHome() {}

    /**
     * Prints the page of the NAS, read in two ways, and what becomes of a request that is not allowed.
     *
     * @param args none
     * @throws Exception if something does not work; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        UUID nasId = UUID.randomUUID(); // each member has a secret of its own
        UUID laptopId = UUID.randomUUID();

        try (Site site = Site.saying("Hello from the NAS!");
                PrivateNetwork home = hub(nasId, laptopId);
                NetworkMember nas = ReverseTunnel.member("nas")
                        .connect(Vmess.client("127.0.0.1", home.port("members")).user(nasId))
                        .offer(80, Outbound.to("127.0.0.1", site.port()))
                        .offer(22, Outbound.to("127.0.0.1", 22))
                        .start();
                NetworkMember laptop = ReverseTunnel.member("laptop")
                        .connect(Vmess.client("127.0.0.1", home.port("members")).user(laptopId))
                        .listen(Socks5.server(0).address("127.0.0.1"))
                        .start()) {
            nas.awaitReady(Duration.ofSeconds(10));
            laptop.awaitReady(Duration.ofSeconds(10));

            int proxy = laptop.port("programs");
            System.out.println("nas.home by SOCKS5 says: " + Site.readBySocks(proxy, "nas.home", 80));
            try (Connection web = laptop.dial("10.99.0.2", 80).get(10, TimeUnit.SECONDS)) {
                System.out.println("10.99.0.2 by dial says: " + Site.read("nas.home", web.input(), web.output()));
            }
            System.out.println("nas.home, port 22: " + (isOpen(laptop, "nas.home", 22) ? "open" : "refused"));
        }
    }

    /** The public machine. Its servers' users are the members, and reach what is allowed here. */
    private static PrivateNetwork hub(UUID nasId, UUID laptopId) throws Exception {
        return ReverseTunnel.network("home")
                .range("10.99.0.0/24") // of no network that a member is in
                .listen(Vmess.server(0).user("nas", nasId).user("laptop", laptopId))
                .member("nas", "10.99.0.2")
                .member("laptop", "10.99.0.3")
                .allow(Access.from("laptop").to("nas").tcp(80))
                .start();
    }

    /** What the hub refuses ends at once, before a byte has come; its log says why. */
    private static boolean isOpen(NetworkMember from, String host, int port) throws Exception {
        try (Connection connection = from.dial(host, port).get(10, TimeUnit.SECONDS)) {
            return connection.input().read() >= 0;
        } catch (IOException | ExecutionException refused) {
            return false;
        }
    }
}
