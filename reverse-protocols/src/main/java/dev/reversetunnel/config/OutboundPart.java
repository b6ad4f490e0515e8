package dev.reversetunnel.config;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A way out.
 *
 * @param tag its name, or its place in the document
 * @param isNamed whether the document names it
 * @param settings of its protocol
 */
record OutboundPart(Place place, String tag, boolean isNamed, OutboundSettings settings) {
    private static final Map<String, Function<Section, @Nullable OutboundSettings>> PROTOCOLS = new LinkedHashMap<>();

    static {
        PROTOCOLS.put("freedom", FreedomOutbound::read);
        PROTOCOLS.put("blackhole", BlackholeOutbound::read);
        PROTOCOLS.put("vmess", VmessOutbound::read);
        PROTOCOLS.put("shadowsocks", ShadowsocksOutbound::read);
    }

    /** Null if it cannot be, which is told. */
    static @Nullable OutboundPart read(Section outbound, int index) {
        String tag = outbound.text("tag", "");
        String protocol = outbound.required("protocol", "one of " + Words.choice(PROTOCOLS.keySet()));
        Function<Section, @Nullable OutboundSettings> reader =
                protocol == null ? null : outbound.oneOf("protocol", PROTOCOLS);
        if (protocol == null || reader == null) {
            outbound.value("settings");
            return null;
        }
        String scope = protocol.toLowerCase(Locale.ROOT) + " outbound";
        OutboundSettings settings = reader.apply(outbound.sectionOrEmpty("settings", scope));
        return settings == null
                ? null
                : new OutboundPart(
                        outbound.place(), tag.isBlank() ? "outbounds[" + index + "]" : tag, !tag.isBlank(), settings);
    }
}
