package dev.reversetunnel.benchmarks;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.vmess.VmessSecurity;
import java.io.IOException;
import java.util.Locale;
import java.util.UUID;

/**
 * The bridge of a {@link LoadRun}: arguments are the portal's port, the VMess id, the origin's port and the security.
 */
final class BridgeProcess {
    private BridgeProcess() {}

    public static void main(String[] args) throws IOException {
        Bridge bridge = ReverseTunnel.bridge("load")
                .domain(PortalProcess.DOMAIN)
                .connect(Vmess.client("127.0.0.1", Integer.parseInt(args[0]))
                        .user(UUID.fromString(args[1]))
                        .security(VmessSecurity.valueOf(
                                args[3].toUpperCase(Locale.ROOT).replace('-', '_'))))
                .forward("127.0.0.1", Integer.parseInt(args[2]))
                .start();
        PortalProcess.awaitEndOfInput();
        bridge.close();
    }
}
