package dev.reversetunnel.socks;

/**
 * SOCKS5, as browsers, curl and the JDK speak it. A {@link #server(int)} takes users in and sends what they ask for by
 * the rules of its node: through a portal into the network of a bridge, say. A {@link #client(String, int)} reaches
 * destinations through a proxy, and lets a tunnel's own dial go through it.
 *
 * <p>Nothing is encrypted, names and passwords neither. Over a network that is not trusted, let users come in by
 * another protocol.
 */
public final class Socks5 {
    private Socks5() {}

    /**
     * A server. Without users it is for this machine alone.
     *
     * @param port 1 to 65535, or 0 for one that is free; usually 1080
     * @return a server; call {@link Socks5Server#user}, or {@link Socks5Server#address}
     * @throws IllegalArgumentException if there is no such port
     */
    public static Socks5Server server(int port) {
        return new Socks5Server(port);
    }

    /**
     * A client.
     *
     * @param host the proxy's domain name or IP address
     * @param port the proxy's port, 1 to 65535; usually 1080
     * @return a client, which is an outbound and a transport
     * @throws IllegalArgumentException if there is no such host or port
     */
    public static Socks5Client client(String host, int port) {
        return new Socks5Client(host, port);
    }
}
