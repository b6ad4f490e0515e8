package dev.reversetunnel.sharelink;

import dev.reversetunnel.Transport;
import dev.reversetunnel.agreement.LayerAgreement;
import dev.reversetunnel.carrier.CarrierClient;
import dev.reversetunnel.foreign.Carriage;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.tls.TlsClient;
import dev.reversetunnel.websocket.WebSocket;
import dev.reversetunnel.websocket.WebSocketClient;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What lies below a protocol, as share links say it.
 *
 * @param webSocket whether there is one
 * @param path of the WebSocket
 * @param host that the WebSocket asks for; null for the server's
 * @param tls whether there is TLS
 * @param serverName that TLS asks for; null for the server's
 * @param alpn what TLS offers; empty for nothing
 */
record LinkStream(
        boolean webSocket,
        String path,
        @Nullable String host,
        boolean tls,
        @Nullable String serverName,
        List<String> alpn) {
    private static final String KNOWN = "tcp or ws";

    /** What a client has below. */
    static LinkStream of(Transport transport) {
        Carriage carriage = Carriage.of(transport, "client", "a link");
        LayerAgreement.WebSocket below = carriage.webSocket();
        LayerAgreement.TlsClient tls = carriage.tls() instanceof LayerAgreement.TlsClient client ? client : null;
        if (tls != null && !tls.isPlain()) {
            throw new IllegalArgumentException(
                    "trust, pin, certificate: a link cannot say them (expected: a server with a"
                            + " certificate that everybody trusts; or a document)");
        }
        return new LinkStream(
                below != null,
                below == null ? "/" : below.path(),
                below == null ? null : below.host(),
                tls != null,
                tls == null ? null : tls.serverName(),
                tls == null ? List.of() : tls.alpn());
    }

    /**
     * Reads what a link says, and takes it out of {@code left}.
     *
     * @param left all that the link says
     * @param network the name of the parameter for TCP or WebSocket
     * @param security that for TLS
     */
    static LinkStream read(Map<String, String> left, String network, String security) {
        String net = take(left, network, "tcp");
        boolean isWebSocket = net.equals("ws") || net.equals("websocket");
        if (!isWebSocket && !net.equals("tcp") && !net.equals("raw")) {
            throw new IllegalArgumentException(network + ": \"" + net + "\" (expected: " + KNOWN + ")");
        }
        String kind = take(left, security, "none");
        if (!kind.equals("none") && !kind.equals("tls")) {
            throw new IllegalArgumentException(security + ": \"" + kind + "\" (expected: tls or none)");
        }
        String path = take(left, "path", "/");
        String host = take(left, "host", "");
        String serverName = take(left, "sni", "");
        String alpn = take(left, "alpn", "");
        List<String> protocols = alpn.isEmpty()
                ? List.of()
                : Arrays.stream(alpn.split(","))
                        .filter(name -> !name.isEmpty() && !(isWebSocket && name.equals("h2")))
                        .toList();
        return new LinkStream(
                isWebSocket,
                path.startsWith("/") ? path : '/' + path,
                host.isEmpty() ? null : host,
                kind.equals("tls"),
                serverName.isEmpty() ? null : serverName,
                protocols);
    }

    private static String take(Map<String, String> left, String key, String otherwise) {
        String value = left.remove(key);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    /** The client, with all this below it. */
    <C extends CarrierClient<C>> C below(C client) {
        return tls || webSocket ? client.transport(transport()) : client;
    }

    private Transport transport() {
        Transport transport = Transport.tcp();
        if (tls) {
            TlsClient client = Tls.client();
            if (serverName != null && Destination.tcp(serverName, 0).isDomain()) {
                client = client.serverName(serverName);
            }
            transport = alpn.isEmpty() ? client : client.alpn(alpn.toArray(String[]::new));
        }
        if (!webSocket) {
            return transport;
        }
        WebSocketClient client = WebSocket.client(path).over(transport);
        return host == null ? client : client.host(host);
    }

    /** The parameters that say it. */
    Map<String, String> parameters(String network, String security, String none) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put(network, webSocket ? "ws" : "tcp");
        parameters.put(security, tls ? "tls" : none);
        if (webSocket) {
            parameters.put("path", path);
            if (host != null) {
                parameters.put("host", host);
            }
        }
        if (tls && serverName != null) {
            parameters.put("sni", serverName);
        }
        if (tls && !alpn.isEmpty()) {
            parameters.put("alpn", String.join(",", alpn));
        }
        return parameters;
    }
}
