package dev.reversetunnel.config;

import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What lies below a protocol: TCP, TLS over it, WebSocket over either.
 *
 * @param webSocket null for none
 * @param tls null for none
 * @param proxyProtocol whether visitors are told of by a header of the PROXY protocol
 * @param via the tag of the outbound by which a client dials; null for none
 */
record StreamPart(
        @Nullable WebSocketPart webSocket,
        @Nullable TlsPart tls,
        boolean proxyProtocol,
        @Nullable String via) {
    static final StreamPart TCP = new StreamPart(null, null, false, null);

    private static final Map<String, Boolean> NETWORKS = new LinkedHashMap<>();
    private static final Map<String, Boolean> SECURITIES = new LinkedHashMap<>();
    private static final Map<String, Boolean> HEADERS = Map.of("none", false);

    static {
        NETWORKS.put("tcp", false);
        NETWORKS.put("raw", false);
        NETWORKS.put("ws", true);
        NETWORKS.put("websocket", true);
        NETWORKS.put("", false);
        SECURITIES.put("none", false);
        SECURITIES.put("tls", true);
        SECURITIES.put("", false);
    }

    /**
     * Reads the stream settings of an inbound or outbound.
     *
     * @param defaults what the document says for all that say nothing themselves
     * @param listens whether it is an inbound's
     */
    static StreamPart read(Section owner, Section defaults, boolean listens) {
        Section stream = owner.sectionOrEmpty("streamSettings", "streamSettings");
        Boolean isWebSocket = stream.oneOf(stream.has("method") ? "method" : "network", NETWORKS);
        Boolean isTls = stream.oneOf("security", SECURITIES);
        TlsPart tlsPart = tls(stream, Boolean.TRUE.equals(isTls), Boolean.TRUE.equals(isWebSocket), listens);
        Section ws = either(stream, defaults, "wsSettings", "wsSettings");
        Section tcp =
                either(stream, defaults, stream.has("rawSettings") ? "rawSettings" : "tcpSettings", "tcpSettings");
        boolean isProxied = ws.flag("acceptProxyProtocol", false);
        boolean isProxiedTcp = tcp.flag("acceptProxyProtocol", false);
        boolean proxyProtocol = Boolean.TRUE.equals(isWebSocket) ? isProxied : isProxiedTcp;
        WebSocketPart webSocket = WebSocketPart.read(ws, listens);
        if (Boolean.TRUE.equals(isWebSocket)) {
            unused(stream, "tcpSettings", "\"network\" is not \"tcp\"");
        } else {
            unused(stream, "wsSettings", "\"network\" is not \"ws\"");
        }
        tcp.sectionOrEmpty("header", "tcp header").oneOf("type", HEADERS);
        Section sockopt = stream.sectionOrEmpty("sockopt", listens ? "server sockopt" : "client sockopt");
        proxyProtocol |= sockopt.flag("acceptProxyProtocol", false);
        String via = listens ? "" : sockopt.text("dialerProxy", "");
        return new StreamPart(
                Boolean.TRUE.equals(isWebSocket) ? webSocket : null,
                tlsPart,
                proxyProtocol && listens,
                via.isBlank() ? null : via);
    }

    private static @Nullable TlsPart tls(Section stream, boolean isTls, boolean isWebSocket, boolean listens) {
        if (!isTls) {
            unused(stream, "tlsSettings", "\"security\" is not \"tls\"");
            return null;
        }
        Section settings = stream.sectionOrEmpty("tlsSettings", listens ? "server tlsSettings" : "client tlsSettings");
        TlsPart tls = TlsPart.read(settings, listens);
        return isWebSocket ? http1(tls, settings) : tls;
    }

    private static void unused(Section stream, String key, String why) {
        Value value = stream.value(key);
        if (value instanceof Value.Members members && !members.members().isEmpty()) {
            stream.faults().warn(value.place(), "has no effect: " + why);
        }
    }

    private static Section either(Section stream, Section defaults, String key, String scope) {
        return stream.has(key) || !defaults.has(key)
                ? stream.sectionOrEmpty(key, scope)
                : defaults.sectionOrEmpty(key, scope);
    }

    /** WebSocket is a thing of HTTP/1.1. */
    private static TlsPart http1(TlsPart tls, Section section) {
        if (!tls.alpn().contains("h2")) {
            return tls;
        }
        section.faults().warn(section.place("alpn"), "\"h2\" is left out, for a WebSocket needs HTTP/1.1");
        return tls.alpn(tls.alpn().stream().filter(name -> !name.equals("h2")).toList());
    }

    boolean isPlainTcp() {
        return webSocket == null && tls == null && !proxyProtocol;
    }

    StreamPart via(@Nullable String tag) {
        return new StreamPart(webSocket, tls, proxyProtocol, tag);
    }

    /** For an inbound; null if a file cannot be used, which is told. */
    @Nullable
    Transport server(Transport tcp, Faults faults) {
        Transport below = tls == null ? tcp : tls.server(tcp, faults);
        if (below == null || webSocket == null) {
            return below;
        }
        return faults.made(webSocket.place(), () -> webSocket.server(below));
    }

    /** For an outbound; null if a file cannot be used, which is told. */
    @Nullable
    Transport client(Transport tcp, Faults faults) {
        Transport below = tls == null ? tcp : tls.client(tcp, faults);
        if (below == null || webSocket == null) {
            return below;
        }
        return faults.made(webSocket.place(), () -> webSocket.client(below));
    }

    /** Null for TCP alone. */
    @Nullable
    Json print(Format format, boolean listens) {
        if (equals(TCP)) {
            return null;
        }
        Json stream = Json.object().with("network", webSocket == null ? "tcp" : "ws");
        if (tls != null) {
            stream.with("security", "tls").with("tlsSettings", tls.print(format, listens));
        }
        if (webSocket != null) {
            Json settings = webSocket.print(format);
            stream.with("wsSettings", proxyProtocol ? settings.with("acceptProxyProtocol", true) : settings);
        } else if (proxyProtocol) {
            stream.with("tcpSettings", Json.object().with("acceptProxyProtocol", true));
        }
        return via == null ? stream : stream.with("sockopt", Json.object().with("dialerProxy", via));
    }
}
