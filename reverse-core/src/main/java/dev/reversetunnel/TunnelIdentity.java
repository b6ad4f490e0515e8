package dev.reversetunnel;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whose tunnel it is, and who hears of it.
 *
 * @param account of the user who registered it; null at a bridge, and if he is nobody
 */
record TunnelIdentity(
        String owner,
        int number,
        String user,
        Instant since,
        Events events,
        @Nullable Account account) {}
