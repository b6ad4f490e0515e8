package dev.reversetunnel.config;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;

/** Ends every session at once. */
record BlackholeOutbound() implements OutboundSettings {
    static OutboundSettings read(Section settings) {
        return new BlackholeOutbound();
    }

    @Override
    public Outbound build(Transport transport) {
        return Outbound.refuse();
    }
}
