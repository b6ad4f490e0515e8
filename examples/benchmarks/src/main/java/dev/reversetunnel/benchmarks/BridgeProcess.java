package dev.reversetunnel.benchmarks;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.ReverseTunnel;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The bridge of a load: arguments are the carrier, the portal's port, the directory of the secret, the origin's port or
 * 0 to be the origin itself, and how many tunnels it keeps.
 */
final class BridgeProcess {
    /** For 10,000 sessions and more. */
    private static final int MOST_TUNNELS = 32;

    private BridgeProcess() {}

    public static void main(String[] args) throws IOException {
        Carriage carriage = Carriage.valueOf(args[0]);
        Bridge.Builder builder = ReverseTunnel.bridge("load")
                .domain(PortalProcess.DOMAIN)
                .connect(carriage.client(Carriage.Secret.read(Path.of(args[2])), Integer.parseInt(args[1])));
        int origin = Integer.parseInt(args[3]);
        int tunnels = Integer.parseInt(args[4]);
        builder.tunnels(tunnels, Math.max(tunnels, MOST_TUNNELS));
        Bridge bridge = (origin == 0 ? builder.serve(new OwnOrigin()) : builder.forward("127.0.0.1", origin)).start();
        EndProcess.serve();
        bridge.close();
    }
}
