package dev.reversetunnel.http;

/**
 * The HTTP proxy, as far as it is a tunnel: CONNECT, which every browser uses for https, and every proxy of a company
 * knows. A {@link #server(int)} takes users in and sends what they ask for by the rules of its node: through a portal
 * into the network of a bridge, say. A {@link #client(String, int)} reaches destinations through a proxy, and lets a
 * tunnel's own dial go through it.
 *
 * <p>What is said to the proxy, names and passwords too, is not encrypted, unless TLS is the transport.
 */
public final class HttpProxy {
    private HttpProxy() {}

    /**
     * A server. Without users it is for this machine alone.
     *
     * @param port 1 to 65535, or 0 for one that is free; often 3128 or 8080
     * @return a server; call {@link HttpProxyServer#user}, or {@link HttpProxyServer#address}
     * @throws IllegalArgumentException if there is no such port
     */
    public static HttpProxyServer server(int port) {
        return new HttpProxyServer(port);
    }

    /**
     * A client.
     *
     * @param host the proxy's domain name or IP address
     * @param port the proxy's port, 1 to 65535
     * @return a client, which is an outbound and a transport
     * @throws IllegalArgumentException if there is no such host or port
     */
    public static HttpProxyClient client(String host, int port) {
        return new HttpProxyClient(host, port);
    }
}
