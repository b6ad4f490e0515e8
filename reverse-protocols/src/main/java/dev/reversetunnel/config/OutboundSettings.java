package dev.reversetunnel.config;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an outbound's protocol is told, by protocol. */
sealed interface OutboundSettings
        permits BlackholeOutbound,
                FreedomOutbound,
                HttpOutbound,
                ShadowsocksOutbound,
                SocksOutbound,
                VlessOutbound,
                VmessOutbound {
    /** Its name in documents. */
    String protocol();

    /** The servers that it dials; empty if it dials what is asked for, or nothing. */
    List<Endpoint> endpoints();

    /** Makes the outbound. May throw {@link IllegalArgumentException} for a value that cannot be. */
    Outbound build(Transport transport);

    /**
     * The settings as a document has them.
     *
     * @throws IllegalArgumentException if that program cannot do this
     */
    Json print(Format format);

    /** The bridge that registers by this, and by VLESS' reverse command; null for none. */
    default VlessOutbound.@Nullable Reverse reverse() {
        return null;
    }
}
