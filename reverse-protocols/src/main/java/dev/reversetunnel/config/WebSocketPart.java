package dev.reversetunnel.config;

import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.websocket.WebSocket;
import dev.reversetunnel.websocket.WebSocketClient;
import dev.reversetunnel.websocket.WebSocketServer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * WebSocket below a protocol.
 *
 * @param path begins with a slash
 * @param host that is asked for, or answered to; null for any
 * @param headers that a client sends besides; may be secrets
 * @param heartbeat seconds between pings; 0 for our own
 */
record WebSocketPart(Place place, String path, @Nullable String host, Map<String, Secret> headers, int heartbeat) {
    private static final int LONGEST_HEARTBEAT = 86_400;

    WebSocketPart {
        headers = Map.copyOf(headers);
    }

    static WebSocketPart read(Section settings, boolean listens) {
        Map<String, Secret> headers = new LinkedHashMap<>();
        String host = settings.text("host", "");
        for (Map.Entry<String, Value> header : settings.members("headers").entrySet()) {
            Value value = header.getValue();
            if (!(value instanceof Value.Text text)) {
                settings.faults().fault(value.place(), value.kind() + " (expected: text in double quotes)");
            } else if (!header.getKey().equalsIgnoreCase("host")) {
                headers.put(header.getKey(), new Secret(text.text()));
            } else if (listens) {
                settings.faults().warn(value.place(), "is not compared, as at V2Ray; \"host\" beside \"headers\" is");
            } else if (host.isEmpty()) {
                host = text.text();
            }
        }
        if (listens && !headers.isEmpty()) {
            settings.faults().warn(settings.place("headers"), "have no effect: only a client sends any");
        }
        Integer heartbeat = settings.number("heartbeatPeriod", 0, LONGEST_HEARTBEAT);
        return new WebSocketPart(
                settings.place(),
                path(settings, listens),
                host.isEmpty() ? null : host,
                listens ? Map.of() : headers,
                heartbeat == null ? 0 : heartbeat);
    }

    /** As there, a slash is put in front; and {@code ed}, by which Xray sends data early, is not for servers. */
    private static String path(Section settings, boolean listens) {
        String text = settings.text("path", "/");
        String path = text.startsWith("/") ? text : '/' + text;
        int query = path.indexOf('?');
        if (query >= 0 && path.substring(query).matches("\\?(.*&)?ed=.*")) {
            if (!listens) {
                settings.faults()
                        .warn(settings.place("path"), "\"ed\" has no effect: nothing is sent before the answer");
            }
            path = path.replaceFirst("(?<=[?&])ed=[^&]*&?", "").replaceFirst("[?&]$", "");
        }
        return path;
    }

    Transport server(Transport below) {
        WebSocketServer server = WebSocket.server(path).over(below);
        if (host != null) {
            server = server.host(host);
        }
        return heartbeat == 0 ? server : server.pingEvery(Duration.ofSeconds(heartbeat));
    }

    Transport client(Transport below) {
        WebSocketClient client = WebSocket.client(path).over(below);
        if (host != null) {
            client = client.host(host);
        }
        for (Map.Entry<String, Secret> header : headers.entrySet()) {
            client = client.header(header.getKey(), header.getValue().text());
        }
        return heartbeat == 0 ? client : client.pingEvery(Duration.ofSeconds(heartbeat));
    }

    Json print(Format format) {
        Json settings = Json.object().with("path", path);
        Json more = Json.object();
        headers.forEach((name, value) -> more.with(name, value.text()));
        if (host != null && format == Format.V2RAY) {
            more.with("Host", host);
        } else if (host != null) {
            settings.with("host", host);
        }
        if (heartbeat > 0 && format != Format.V2RAY) {
            settings.with("heartbeatPeriod", heartbeat);
        }
        return more.isEmpty() ? settings : settings.with("headers", more);
    }
}
