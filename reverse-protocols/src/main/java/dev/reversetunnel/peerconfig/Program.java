package dev.reversetunnel.peerconfig;

import dev.reversetunnel.foreign.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program whose documents are written here. Each method throws {@link IllegalArgumentException} for what it cannot.
 */
interface Program {
    /** Its name and version, for messages. */
    String name();

    /** Whether its tunnels are registered by VLESS' reverse command; otherwise by a rendezvous domain. */
    boolean registersByCommand();

    /**
     * The private end.
     *
     * @param portal ours
     * @param domain the rendezvous domain; null if it registers by command
     * @param redirect where visitors go, {@code host:port}; null for where they ask to go
     */
    Json bridge(Dialling portal, @Nullable String domain, @Nullable String redirect);

    /**
     * A client, whose users come in by the entrances at 127.0.0.1.
     *
     * @param server ours
     */
    Json user(Dialling server, List<Entrance> entrances);

    /**
     * The public end.
     *
     * @param bridges where our bridge comes in
     * @param domain the rendezvous domain; null if it registers by command
     * @param visitors where these come in, at the same address
     */
    Json portal(Listening bridges, @Nullable String domain, List<Entrance> visitors);
}
