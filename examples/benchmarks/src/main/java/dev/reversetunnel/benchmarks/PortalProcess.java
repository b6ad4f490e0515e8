package dev.reversetunnel.benchmarks;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.vmess.Vmess;
import java.io.IOException;
import java.util.UUID;

/** The portal of a {@link LoadRun}: arguments are the users' port, the bridge's port and the VMess id. */
final class PortalProcess {
    /** The domain that portal and bridge meet under. */
    static final String DOMAIN = "load.run.internal";

    private PortalProcess() {}

    public static void main(String[] args) throws IOException {
        Portal portal = ReverseTunnel.portal("load")
                .domain(DOMAIN)
                .listen(Vmess.server(Integer.parseInt(args[1])).user("load", UUID.fromString(args[2])))
                .listen(Inbound.port(Integer.parseInt(args[0])))
                .start();
        awaitEndOfInput();
        portal.close();
    }

    /** The load run holds the other end: it is gone when the input ends, however it went. */
    static void awaitEndOfInput() throws IOException {
        while (System.in.read() >= 0) {
            // nothing is expected
        }
    }
}
