package dev.reversetunnel.benchmarks;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The bridge of a load: arguments are the carrier, the portal's port, the directory of the secret, the origin's port or
 * 0 to be the origin itself, how many tunnels it keeps, and the users' port.
 */
final class BridgeProcess {
    /** For 10,000 sessions and more. */
    private static final int MOST_TUNNELS = 12;

    private final Carriage carriage;
    private final int port;
    private final Path directory;
    private final int origin;
    private final int tunnels;

    private BridgeProcess(Carriage carriage, int port, Path directory, int origin, int tunnels) {
        this.carriage = carriage;
        this.port = port;
        this.directory = directory;
        this.origin = origin;
        this.tunnels = tunnels;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        BridgeProcess process = new BridgeProcess(
                Carriage.valueOf(args[0]),
                Integer.parseInt(args[1]),
                Path.of(args[2]),
                Integer.parseInt(args[3]),
                Integer.parseInt(args[4]));
        process.serve(Integer.parseInt(args[5]));
    }

    private void serve(int userPort) throws IOException, InterruptedException {
        Bridge bridge = start(portal());
        EndProcess.serve(asked -> {
            if (asked != EndProcess.ASK_TUNNELS) {
                throw new IOException("asked: " + asked + " (expected: " + EndProcess.ASK_TUNNELS + ")");
            }
            bridge.close();
            return NewTunnels.measure(dialledAt -> start(NewTunnels.timed(portal(), dialledAt)), userPort)
                    .text();
        });
        bridge.close();
    }

    private Outbound portal() throws IOException {
        return carriage.client(Carriage.Secret.read(directory), port);
    }

    private Bridge start(Outbound portal) throws IOException {
        Bridge.Builder builder = ReverseTunnel.bridge("load")
                .domain(PortalProcess.DOMAIN)
                .connect(portal)
                .tunnels(tunnels, Math.max(tunnels, MOST_TUNNELS));
        return (origin == 0 ? builder.serve(new OwnOrigin()) : builder.forward("127.0.0.1", origin)).start();
    }
}
