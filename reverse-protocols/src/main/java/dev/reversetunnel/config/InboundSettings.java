package dev.reversetunnel.config;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.foreign.Json;
import java.util.List;

/** What an inbound's protocol is told, by protocol. */
sealed interface InboundSettings
        permits DokodemoInbound, HttpInbound, ShadowsocksInbound, SocksInbound, VlessInbound, VmessInbound {
    /** Its name in documents. */
    String protocol();

    /** What it binds its ports for. */
    default Networks networks() {
        return Networks.TCP;
    }

    /** Makes the inbound for one port. May throw {@link IllegalArgumentException} for a value that cannot be. */
    Inbound build(Listener at);

    /**
     * The settings as a document has them.
     *
     * @throws IllegalArgumentException if that program cannot do this
     */
    Json print(Format format);

    /** Portals at which some of its users register by VLESS' reverse command. */
    default List<VlessInbound.Reverse> reverses() {
        return List.of();
    }
}
