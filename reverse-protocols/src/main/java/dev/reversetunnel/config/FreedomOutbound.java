package dev.reversetunnel.config;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import org.jspecify.annotations.Nullable;

/**
 * Dials what was asked for, or what the document says.
 *
 * @param redirect where everybody goes; null for where he asks to go
 */
record FreedomOutbound(@Nullable Endpoint redirect) implements OutboundSettings {
    static OutboundSettings read(Section settings) {
        String text = settings.text("redirect");
        return new FreedomOutbound(text == null || text.isEmpty() ? null : redirect(text, settings));
    }

    private static @Nullable Endpoint redirect(String text, Section settings) {
        int colon = text.lastIndexOf(':');
        Integer port = colon < 0 ? null : Ports.port(text.substring(colon + 1).strip());
        if (port == null) {
            settings.faults()
                    .fault(
                            settings.place("redirect"),
                            '"' + text + "\" (expected: host and port, such as \"127.0.0.1:80\")");
            return null;
        }
        String host = Address.host(text.substring(0, colon).strip(), settings.place("redirect"), settings.faults());
        return host == null ? null : new Endpoint(host, port);
    }

    /** As there, private addresses are reached: what is reached is for the rules. */
    @Override
    public Outbound build(Transport transport) {
        return redirect == null ? Outbound.direct().allowPrivate() : Outbound.to(redirect.host(), redirect.port());
    }
}
