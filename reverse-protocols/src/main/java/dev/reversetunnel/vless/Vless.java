package dev.reversetunnel.vless;

/**
 * VLESS without a flow, as V2Ray 4.27 and newer, Xray and sing-box speak it, and the reverse tunnels of Xray 25.9.10
 * and newer. The way in: a {@link #server(int)} takes tunnels and users in, a {@link #client(String, int)} reaches one.
 *
 * <p>It encrypts nothing: over a network it belongs into TLS.
 */
public final class Vless {
    private Vless() {}

    /**
     * A server that knows nobody yet.
     *
     * @param port 1 to 65535, or 0 for one that is free
     * @return a server; call {@link VlessServer#user} or {@link VlessServer#reverseUser}
     * @throws IllegalArgumentException if there is no such port
     */
    public static VlessServer server(int port) {
        return new VlessServer(port);
    }

    /**
     * A client.
     *
     * @param host the server's domain name or IP address
     * @param port the server's port, 1 to 65535
     * @return a client; call {@link VlessClient#user}
     * @throws IllegalArgumentException if there is no such host or port
     */
    public static VlessClient client(String host, int port) {
        return new VlessClient(host, port);
    }
}
