package dev.reversetunnel.shadowsocks;

/**
 * Shadowsocks, the editions of 2017 and 2022, as all peers speak it. The way in: a {@link #server(int)} takes tunnels
 * and users in, a {@link #client(String, int)} reaches one. Both carry streams and datagrams.
 *
 * <p>Know its limits: no forward secrecy, and no end mark. A stream ends with its TCP connection, so somebody on the
 * way may end it between two chunks without anybody noticing.
 */
public final class Shadowsocks {
    private Shadowsocks() {}

    /**
     * A server that knows nobody yet, of the method {@link ShadowsocksMethod#BLAKE3_AES_128_GCM_2022}.
     *
     * @param port 1 to 65535, or 0 for one that is free
     * @return a server; call {@link ShadowsocksServer#user}
     * @throws IllegalArgumentException if there is no such port
     */
    public static ShadowsocksServer server(int port) {
        return new ShadowsocksServer(port);
    }

    /**
     * A client of the method {@link ShadowsocksMethod#BLAKE3_AES_128_GCM_2022}.
     *
     * @param host the server's domain name or IP address
     * @param port the server's port, 1 to 65535
     * @return a client; call {@link ShadowsocksClient#password}
     * @throws IllegalArgumentException if there is no such host or port
     */
    public static ShadowsocksClient client(String host, int port) {
        return new ShadowsocksClient(host, port);
    }
}
