package dev.reversetunnel.config;

import dev.reversetunnel.net.Destination;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A way in.
 *
 * @param tag its name, or its place in the document
 * @param isNamed whether the document names it
 * @param listen an IP address of this machine; null for all
 * @param ports one at least
 * @param settings of its protocol
 */
record InboundPart(
        Place place, String tag, boolean isNamed, @Nullable String listen, Ports ports, InboundSettings settings) {
    private static final Map<String, Function<Section, @Nullable InboundSettings>> PROTOCOLS = new LinkedHashMap<>();

    static {
        PROTOCOLS.put("dokodemo-door", DokodemoInbound::read);
        PROTOCOLS.put("shadowsocks", ShadowsocksInbound::read);
        PROTOCOLS.put("vmess", VmessInbound::read);
        PROTOCOLS.put("tunnel", DokodemoInbound::read);
    }

    /** Null if it cannot be, which is told. */
    static @Nullable InboundPart read(Section inbound, int index) {
        String tag = inbound.text("tag", "");
        String listen = listen(inbound);
        Ports ports = ports(inbound);
        String protocol = inbound.required("protocol", "one of " + Words.choice(PROTOCOLS.keySet()));
        Function<Section, @Nullable InboundSettings> reader =
                protocol == null ? null : inbound.oneOf("protocol", PROTOCOLS);
        if (protocol == null || reader == null) {
            inbound.value("settings");
            return null;
        }
        String name =
                protocol.equalsIgnoreCase("tunnel") ? "dokodemo-door" : protocol.toLowerCase(java.util.Locale.ROOT);
        InboundSettings settings = reader.apply(inbound.sectionOrEmpty("settings", name + " inbound"));
        return ports == null || settings == null
                ? null
                : new InboundPart(
                        inbound.place(),
                        tag.isBlank() ? "inbounds[" + index + "]" : tag,
                        !tag.isBlank(),
                        listen,
                        ports,
                        settings);
    }

    private static @Nullable Ports ports(Section inbound) {
        Value value = inbound.value("port");
        if (value == null) {
            inbound.faults().fault(inbound.place("port"), "missing (expected: 0~65535; 0 picks a free one)");
            return null;
        }
        return Ports.read(value, inbound.faults());
    }

    private static @Nullable String listen(Section inbound) {
        String text = Address.read(inbound, "listen");
        if (text == null) {
            return null;
        }
        if (Destination.tcp(text, 0).isDomain()) {
            inbound.faults()
                    .fault(
                            inbound.place("listen"),
                            '"' + text
                                    + "\" (expected: an IP address of this machine; Unix sockets are not supported)");
        }
        return text.equals("0.0.0.0") || text.equals("::") ? null : text;
    }
}
