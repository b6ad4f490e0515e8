package dev.reversetunnel;

import dev.reversetunnel.mux.MuxHello;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Whose tunnel it is, and who hears of it.
 *
 * @param account of the user who registered it; null at a bridge, and if he is nobody
 * @param self what the bridge or portal says of itself to an end of our make, on all of its tunnels
 */
record TunnelIdentity(
        String owner,
        int number,
        String user,
        Instant since,
        Events events,
        @Nullable Account account,
        MuxHello self) {
    private static final String PRODUCT = product();

    /** Who starts now. */
    static MuxHello self(UUID node, Instant startedAt, int tunnels) {
        return new MuxHello(MuxHello.DEFAULT_CREDIT, node, startedAt, tunnels, PRODUCT);
    }

    private static String product() {
        String version = ReverseTunnel.class.getPackage().getImplementationVersion();
        return version == null ? "ReverseTunnel" : "ReverseTunnel " + version;
    }
}
