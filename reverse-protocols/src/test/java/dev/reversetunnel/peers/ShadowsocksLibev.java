package dev.reversetunnel.peers;

import java.util.List;

/**
 * A process of shadowsocks-libev 3.3 for TCP and UDP: its SOCKS5 proxy, its port forwarder or its server. Ends with
 * {@link #close()}, and with the JVM at the latest.
 *
 * <p>Safe for use by several threads.
 */
public final class ShadowsocksLibev extends PeerProcess {
    private static final String DOCUMENT = "config.json";

    private ShadowsocksLibev(String program, String json) {
        super(new Peer(program), "", directoryWith(DOCUMENT, json), List.of("-c", DOCUMENT));
    }

    /**
     * {@code ss-local}: a SOCKS5 proxy without users, with UDP associations.
     *
     * @param port where it listens, at 127.0.0.1
     * @param serverPort where the Shadowsocks server is, at 127.0.0.1
     * @param method {@code aes-128-gcm}, {@code aes-256-gcm} or {@code chacha20-ietf-poly1305}
     * @param password the server's
     * @return running
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static ShadowsocksLibev local(int port, int serverPort, String method, String password) {
        return run("ss-local", port, """
            {
              "server": "127.0.0.1",
              "server_port": %d,
              "local_address": "127.0.0.1",
              "local_port": %d,
              "method": "%s",
              "password": "%s",
              "mode": "tcp_and_udp"
            }
            """.formatted(serverPort, port, method, password));
    }

    /**
     * {@code ss-tunnel}: each connection and datagram goes to one target.
     *
     * @param port where it listens, at 127.0.0.1
     * @param target which the server connects to, {@code host:port}
     * @param serverPort where the Shadowsocks server is, at 127.0.0.1
     * @param method {@code aes-128-gcm}, {@code aes-256-gcm} or {@code chacha20-ietf-poly1305}
     * @param password the server's
     * @return running
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static ShadowsocksLibev tunnel(int port, String target, int serverPort, String method, String password) {
        return run("ss-tunnel", port, """
            {
              "server": "127.0.0.1",
              "server_port": %d,
              "local_address": "127.0.0.1",
              "local_port": %d,
              "tunnel_address": "%s",
              "method": "%s",
              "password": "%s",
              "mode": "tcp_and_udp"
            }
            """.formatted(serverPort, port, target, method, password));
    }

    /**
     * {@code ss-server}: connects wherever clients want.
     *
     * @param port where it listens, at 127.0.0.1
     * @param method {@code aes-128-gcm}, {@code aes-256-gcm} or {@code chacha20-ietf-poly1305}
     * @param password the clients'
     * @return running
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static ShadowsocksLibev server(int port, String method, String password) {
        return run("ss-server", port, """
            {
              "server": "127.0.0.1",
              "server_port": %d,
              "method": "%s",
              "password": "%s",
              "mode": "tcp_and_udp"
            }
            """.formatted(port, method, password));
    }

    /** None of them says when it is ready: what they print comes before the port is bound. */
    private static ShadowsocksLibev run(String program, int port, String json) {
        return start(
                () -> new ShadowsocksLibev(program, json), Ready.both(Ready.accepts(port), Ready.takesDatagrams(port)));
    }
}
