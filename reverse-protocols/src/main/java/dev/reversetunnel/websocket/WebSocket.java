package dev.reversetunnel.websocket;

/**
 * WebSocket as a transport under any protocol, so that it passes web servers, proxies and CDNs on their way. The way
 * in: {@link #server(String)} for the side that listens, {@link #client(String)} for the side that dials; both are
 * handed to a protocol's {@code transport(...)}.
 *
 * <pre>{@code
 * // behind nginx, which ends TLS and hands on what is asked for at /ray
 * Vmess.server(8080).address("127.0.0.1").transport(WebSocket.server("/ray"))
 * Vmess.client("portal.example.com", 443).transport(WebSocket.client("/ray").over(Tls.client()))
 * }</pre>
 *
 * <p>The same bytes as those of V2Ray ({@code "network": "ws"}), Xray and sing-box. WebSocket encrypts nothing: it is
 * for TLS below it, at both ends or up to the proxy, to do that.
 */
public final class WebSocket {
    private WebSocket() {}

    /**
     * A server.
     *
     * @param path where it is, such as {@code /ray}; what is asked for behind a question mark does not matter
     * @return a server
     * @throws IllegalArgumentException if it is no path
     */
    public static WebSocketServer server(String path) {
        return new WebSocketServer(path);
    }

    /**
     * A client.
     *
     * @param path what to ask for, such as {@code /ray}
     * @return a client
     * @throws IllegalArgumentException if it is no path
     */
    public static WebSocketClient client(String path) {
        return new WebSocketClient(path);
    }
}
