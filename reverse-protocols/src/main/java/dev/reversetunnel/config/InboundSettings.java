package dev.reversetunnel.config;

import dev.reversetunnel.Inbound;

/** What an inbound's protocol is told, by protocol. */
sealed interface InboundSettings permits DokodemoInbound, ShadowsocksInbound, VmessInbound {
    /** Makes the inbound for one port. May throw {@link IllegalArgumentException} for a value that cannot be. */
    Inbound build(Listener at);
}
