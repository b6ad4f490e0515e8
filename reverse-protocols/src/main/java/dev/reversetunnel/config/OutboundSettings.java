package dev.reversetunnel.config;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;

/** What an outbound's protocol is told, by protocol. */
sealed interface OutboundSettings permits BlackholeOutbound, FreedomOutbound, ShadowsocksOutbound, VmessOutbound {
    /** Makes the outbound. May throw {@link IllegalArgumentException} for a value that cannot be. */
    Outbound build(Transport transport);
}
