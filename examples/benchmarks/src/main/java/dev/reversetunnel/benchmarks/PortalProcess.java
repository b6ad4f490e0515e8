package dev.reversetunnel.benchmarks;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The portal of a load: arguments are the carrier, the users' port, the bridges' port and the directory of the secret.
 */
final class PortalProcess {
    /** The domain that portal and bridge meet under. */
    static final String DOMAIN = "load.run.internal";

    private PortalProcess() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Carriage carriage = Carriage.valueOf(args[0]);
        Portal portal = ReverseTunnel.portal("load")
                .domain(DOMAIN)
                .listen(carriage.server(Carriage.Secret.read(Path.of(args[3])), Integer.parseInt(args[2])))
                .listen(Inbound.port(Integer.parseInt(args[1])).address("127.0.0.1"))
                .start();
        EndProcess.serve(asked -> {
            throw new IOException("asked: " + asked + " (expected: " + EndProcess.ASK_MEMORY + ")");
        });
        portal.close();
    }
}
