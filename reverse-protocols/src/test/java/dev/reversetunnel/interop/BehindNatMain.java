package dev.reversetunnel.interop;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.vmess.Vmess;
import java.util.UUID;

/**
 * A bridge and its origin in a network of their own; arguments: the portal's address and port, the user, the domain.
 */
final class BehindNatMain {
    private BehindNatMain() {}

    public static void main(String[] arguments) throws Exception {
        OwnLoops loops = new OwnLoops();
        try (Origin origin = Origin.start();
                Bridge bridge = ReverseTunnel.bridge("bridge")
                        .domain(arguments[3])
                        .connect(Vmess.client(arguments[0], Integer.parseInt(arguments[1]))
                                .user(UUID.fromString(arguments[2])))
                        .forward("127.0.0.1", origin.port())
                        .eventLoops(loops.group())
                        .start()) {
            ChildJvm.serve(bridge, loops);
        }
        System.exit(0); // with the loops, which are the application's
    }
}
