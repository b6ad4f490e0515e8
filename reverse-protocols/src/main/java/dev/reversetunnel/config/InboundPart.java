package dev.reversetunnel.config;

import dev.reversetunnel.foreign.Json;
import java.util.LinkedHashMap;
import java.util.List;
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
 * @param stream what lies below
 * @param sniffing what is looked for in first bytes; null for nothing
 */
record InboundPart(
        Place place,
        String tag,
        boolean isNamed,
        @Nullable String listen,
        Ports ports,
        InboundSettings settings,
        StreamPart stream,
        @Nullable SniffingPart sniffing) {
    private static final Map<String, Function<Section, @Nullable InboundSettings>> PROTOCOLS = new LinkedHashMap<>();

    static {
        PROTOCOLS.put("dokodemo-door", DokodemoInbound::read);
        PROTOCOLS.put("http", HttpInbound::read);
        PROTOCOLS.put("shadowsocks", ShadowsocksInbound::read);
        PROTOCOLS.put("socks", SocksInbound::read);
        PROTOCOLS.put("vless", VlessInbound::read);
        PROTOCOLS.put("vmess", VmessInbound::read);
        PROTOCOLS.put("tunnel", DokodemoInbound::read);
        PROTOCOLS.put("mixed", SocksInbound::read);
    }

    /** Null if it cannot be, which is told. */
    static @Nullable InboundPart read(Section inbound, int index, Section transport) {
        String tag = inbound.text("tag", "");
        String listen = listen(inbound);
        Ports ports = ports(inbound);
        SniffingPart sniffing = SniffingPart.read(inbound);
        StreamPart stream = StreamPart.read(inbound, transport, true);
        String protocol = inbound.required("protocol", "one of " + Words.choice(PROTOCOLS.keySet()));
        Function<Section, @Nullable InboundSettings> reader =
                protocol == null ? null : inbound.oneOf("protocol", PROTOCOLS);
        if (reader == null) {
            inbound.value("settings");
            return null;
        }
        InboundSettings settings =
                reader.apply(inbound.sectionOrEmpty("settings", "inbound settings of " + scope(protocol)));
        return ports == null || settings == null
                ? null
                : new InboundPart(
                        inbound.place(),
                        tag.isBlank() ? "inbounds[" + index + "]" : tag,
                        !tag.isBlank(),
                        listen,
                        ports,
                        settings,
                        stream,
                        sniffing);
    }

    /** Tells of ports that two want, which the system would only say at the start. */
    static void checkPorts(List<InboundPart> inbounds, Faults faults) {
        for (int i = 1; i < inbounds.size(); i++) {
            InboundPart inbound = inbounds.get(i);
            for (InboundPart earlier : inbounds.subList(0, i)) {
                Integer port = inbound.shared(earlier);
                if (port != null) {
                    faults.fault(
                            inbound.place,
                            "port " + port + " is that of " + earlier.named()
                                    + " already (expected: another one, or another \"listen\")");
                    break;
                }
            }
        }
    }

    /** By its tag, for its number is that of its own file. */
    private String named() {
        return isNamed ? "inbound \"" + tag + '"' : place.path();
    }

    private @Nullable Integer shared(InboundPart other) {
        boolean sameAddress = listen == null || other.listen == null || listen.equals(other.listen);
        return sameAddress && settings.networks().meets(other.settings.networks()) ? ports.shared(other.ports) : null;
    }

    private static String scope(@Nullable String protocol) {
        String lower = String.valueOf(protocol).toLowerCase(java.util.Locale.ROOT);
        return switch (lower) {
            case "tunnel" -> "dokodemo-door";
            case "mixed" -> "socks";
            default -> lower;
        };
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
        String text = inbound.text("listen", "").strip();
        if (text.isEmpty()) {
            return null;
        }
        if (text.equals("localhost")) {
            return "127.0.0.1";
        }
        if (Address.ip(text) == null) {
            inbound.faults()
                    .fault(
                            inbound.place("listen"),
                            '"' + text
                                    + "\" (expected: an IP address of this machine; Unix sockets are not supported)");
            return null;
        }
        return text.equals("0.0.0.0") || text.equals("::") ? null : text;
    }

    InboundPart with(InboundSettings other) {
        return new InboundPart(place, tag, isNamed, listen, ports, other, stream, sniffing);
    }

    Json print(Format format) {
        Json inbound = Json.object();
        if (isNamed) {
            inbound.with("tag", tag);
        }
        if (listen != null) {
            inbound.with("listen", listen);
        }
        Integer single = ports.single();
        inbound = single == null ? inbound.with("port", ports.toString()) : inbound.with("port", single);
        inbound.with("protocol", settings.protocol())
                .with("settings", settings.print(format))
                .with("streamSettings", stream.print(format, true));
        return sniffing == null ? inbound : inbound.with("sniffing", sniffing.print(format));
    }
}
