package dev.reversetunnel.config;

import dev.reversetunnel.foreign.ClearText;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.net.Destination;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A way out.
 *
 * @param tag its name, or its place in the document
 * @param isNamed whether the document names it
 * @param settings of its protocol
 * @param stream what lies below
 * @param mux whether the document wants many connections to share one
 */
record OutboundPart(
        Place place, String tag, boolean isNamed, OutboundSettings settings, StreamPart stream, boolean mux) {
    private static final Map<String, Function<Section, @Nullable OutboundSettings>> PROTOCOLS = new LinkedHashMap<>();
    private static final Set<String> ANY_ADDRESS = Set.of("0.0.0.0", "::", "");

    static {
        PROTOCOLS.put("freedom", FreedomOutbound::read);
        PROTOCOLS.put("blackhole", BlackholeOutbound::read);
        PROTOCOLS.put("http", HttpOutbound::read);
        PROTOCOLS.put("shadowsocks", ShadowsocksOutbound::read);
        PROTOCOLS.put("socks", SocksOutbound::read);
        PROTOCOLS.put("vless", VlessOutbound::read);
        PROTOCOLS.put("vmess", VmessOutbound::read);
        PROTOCOLS.put("direct", FreedomOutbound::read);
        PROTOCOLS.put("block", BlackholeOutbound::read);
    }

    /** Null if it cannot be, which is told. */
    static @Nullable OutboundPart read(Section outbound, int index, Section transport) {
        String tag = outbound.text("tag", "");
        StreamPart stream = StreamPart.read(outbound, transport, false);
        stream = via(outbound, stream);
        String from = outbound.text("sendThrough", "");
        if (!ANY_ADDRESS.contains(from)) {
            outbound.faults()
                    .fault(
                            outbound.place("sendThrough"),
                            '"' + from + "\" is not supported (expected: none; the system's"
                                    + " routes choose the address)");
        }
        Section mux = outbound.sectionOrEmpty("mux", "mux");
        Integer concurrency = mux.number("concurrency", -1_048_576, 1_048_576);
        boolean isMux = mux.flag("enabled", false) && (concurrency == null || concurrency >= 0);
        String protocol = outbound.required("protocol", "one of " + Words.choice(PROTOCOLS.keySet()));
        Function<Section, @Nullable OutboundSettings> reader =
                protocol == null ? null : outbound.oneOf("protocol", PROTOCOLS);
        if (protocol == null || reader == null) {
            outbound.value("settings");
            return null;
        }
        String scope = "outbound settings of " + protocol.toLowerCase(Locale.ROOT);
        OutboundSettings settings = reader.apply(outbound.sectionOrEmpty("settings", scope));
        if (settings == null) {
            return null;
        }
        OutboundPart part = new OutboundPart(
                outbound.place(),
                tag.isBlank() ? "outbounds[" + index + "]" : tag,
                !tag.isBlank(),
                settings,
                stream,
                isMux);
        part.check(outbound);
        return part;
    }

    private static StreamPart via(Section outbound, StreamPart stream) {
        Section proxy = outbound.section("proxySettings", "proxySettings");
        if (proxy == null) {
            return stream;
        }
        String tag = proxy.text("tag", "");
        boolean withStream = proxy.flag("transportLayer", false);
        if (!tag.isBlank() && stream.via() != null) {
            outbound.faults().fault(proxy.place(), "is there beside \"dialerProxy\" (expected: one of them)");
        }
        if (!tag.isBlank() && !withStream && !stream.isPlainTcp()) {
            outbound.faults()
                    .fault(
                            proxy.place(),
                            "switches \"streamSettings\" off (expected: \"transportLayer\": true to keep"
                                    + " them, or none of them)");
        }
        return tag.isBlank() ? stream : stream.via(tag);
    }

    private void check(Section outbound) {
        Faults faults = outbound.faults();
        if (settings.endpoints().isEmpty() && !stream.isPlainTcp()) {
            faults.fault(
                    outbound.place("streamSettings"),
                    "TLS or WebSocket to whatever is asked for is not supported" + " (expected: none of them)");
        }
        if (settings.endpoints().isEmpty() && stream.via() != null) {
            faults.fault(
                    outbound.place(),
                    "goes through \"" + stream.via() + "\" whatever is asked for (expected: a rule that leads to \""
                            + stream.via() + "\" itself)");
        }
        TlsPart tls = stream.tls();
        String name = tls == null ? null : tls.serverName();
        if (name != null && TlsPart.isAddress(name)) {
            String bare = name.replaceAll("^\\[|]$", "");
            if (settings.endpoints().stream().anyMatch(server -> !server.host().equals(bare))) {
                faults.fault(
                        outbound.place("streamSettings"),
                        "serverName: \"" + name + "\" (expected: a domain name;"
                                + " or none, for the certificate to have the address that is dialled)");
            }
        }
        boolean isClear = settings instanceof VlessOutbound && tls == null;
        if (isClear
                && settings.endpoints().stream()
                        .anyMatch(server -> !ClearText.isAllowedTo(Destination.tcp(server.host(), server.port())))) {
            faults.warn(outbound.place(), "VLESS without TLS: everything travels in clear, and so does the id");
        }
    }

    /** The tag by which rules mean the interface for remote control, which is not there; null if there is none. */
    static @Nullable OutboundPart ofApi(Section document) {
        Section api = document.section("api", "api");
        String tag = api == null ? null : api.text("tag");
        if (api == null || tag == null || tag.isBlank()) {
            return null;
        }
        api.faults()
                .warn(api.place(), "has no effect: nobody answers, and what rules send to \"" + tag + "\" is refused");
        return new OutboundPart(api.place(), tag, true, new BlackholeOutbound(false), StreamPart.TCP, false);
    }

    OutboundPart with(OutboundSettings other) {
        return new OutboundPart(place, tag, isNamed, other, stream, mux);
    }

    Json print(Format format) {
        Json outbound = Json.object();
        if (isNamed) {
            outbound.with("tag", tag);
        }
        return outbound.with("protocol", settings.protocol())
                .with("settings", settings.print(format))
                .with("streamSettings", stream.via(null).print(format, false))
                .with("proxySettings", via(format));
    }

    private @Nullable Json via(Format format) {
        if (stream.via() == null) {
            return null;
        }
        Json proxy = Json.object().with("tag", stream.via());
        if (stream.isPlainTcp()) {
            return proxy;
        }
        if (format == Format.V2RAY) {
            throw new IllegalArgumentException(
                    "proxySettings: V2Ray 4 cannot keep \"streamSettings\"" + " beside it (expected: none of them)");
        }
        return proxy.with("transportLayer", true);
    }
}
