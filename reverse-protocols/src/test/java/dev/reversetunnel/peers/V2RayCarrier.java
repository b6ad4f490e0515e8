package dev.reversetunnel.peers;

import dev.reversetunnel.peers.V2RayDocuments.Security;
import java.util.UUID;

/**
 * What a client and a server of V2Ray have agreed about: the protocol, its secret, and what lies below. Text of their
 * documents; Xray takes most of it, too.
 *
 * @param protocol its name
 * @param inbound settings of the server
 * @param outbound settings of the client, with {@code %d} for the server's port at 127.0.0.1
 * @param network below: {@code tcp}, or {@code ws} and its settings
 * @param serverTls empty, or the server's side of TLS
 * @param clientTls empty, or the client's side of TLS
 * @param mux how many sessions share a connection of the client; 0: none
 */
public record V2RayCarrier(
        String protocol, String inbound, String outbound, String network, String serverTls, String clientTls, int mux) {
    private static final String TCP = "\"network\": \"tcp\"";

    private static V2RayCarrier of(String protocol, String inbound, String outbound) {
        return new V2RayCarrier(protocol, inbound, outbound, TCP, "", "", 0);
    }

    /**
     * VMess with AEAD headers.
     *
     * @param id the user
     * @param security of the body, the client's choice
     * @return over TCP
     */
    public static V2RayCarrier vmess(UUID id, Security security) {
        return of("vmess", """
            { "clients": [{ "id": "%s" }] }""".formatted(id), """
            { "vnext": [{ "address": "127.0.0.1", "port": %%d, "users": [{ "id": "%s", "security": "%s" }] }] }""".formatted(id, security.word()));
    }

    /**
     * VLESS without flow or encryption of its own.
     *
     * @param id the user
     * @return over TCP, in plain text
     */
    public static V2RayCarrier vless(UUID id) {
        return of("vless", """
            { "clients": [{ "id": "%s" }], "decryption": "none" }""".formatted(id), """
            { "vnext": [{ "address": "127.0.0.1", "port": %%d, "users": [{ "id": "%s", "encryption": "none" }] }] }""".formatted(id));
    }

    /**
     * Shadowsocks, TCP and UDP.
     *
     * @param method {@code aes-128-gcm}, {@code aes-256-gcm} or {@code chacha20-ietf-poly1305}; Xray knows those of
     *     2022, too
     * @param password a text, for methods of 2022 the key in base64
     * @return over TCP
     */
    public static V2RayCarrier shadowsocks(String method, String password) {
        return of("shadowsocks", """
            { "method": "%s", "password": "%s", "network": "tcp,udp" }""".formatted(method, password), """
            { "servers": [{ "address": "127.0.0.1", "port": %%d, "method": "%s", "password": "%s" }] }""".formatted(method, password));
    }

    /**
     * The same over TLS. Whoever gives this to the client only has something else in front of the server that ends TLS.
     *
     * @param certificate the server's; the client asks for {@link TestCertificate#NAME}
     * @return a changed copy
     */
    public V2RayCarrier tls(TestCertificate certificate) {
        return new V2RayCarrier(
                protocol,
                inbound,
                outbound,
                network,
                """
                , "security": "tls", "tlsSettings": {
                    "certificates": [{ "certificateFile": "%s", "keyFile": "%s" }] }""".formatted(certificate.chain(), certificate.key()),
                """
                , "security": "tls", "tlsSettings": { "serverName": "%s", "disableSystemRoot": true,
                    "certificates": [{ "usage": "verify", "certificateFile": "%s" }] }""".formatted(TestCertificate.NAME, certificate.authority()),
                mux);
    }

    /**
     * The same over WebSocket.
     *
     * @param path of the request, begins with a slash
     * @return a changed copy
     */
    public V2RayCarrier webSocket(String path) {
        return new V2RayCarrier(protocol, inbound, outbound, """
            "network": "ws", "wsSettings": { "path": "%s" }""".formatted(path), serverTls, clientTls, mux);
    }

    /**
     * The same with forward Mux.cool: what is asked of the client travels as sessions of a shared connection.
     *
     * @param concurrency sessions in a connection, 1 or more
     * @return a changed copy
     */
    public V2RayCarrier mux(int concurrency) {
        return new V2RayCarrier(protocol, inbound, outbound, network, serverTls, clientTls, concurrency);
    }

    /** An element of {@code inbounds}. */
    String inbound(String tag, int port) {
        return """
            { "tag": "%s", "listen": "127.0.0.1", "port": %d, "protocol": "%s", "settings": %s,
              "streamSettings": { %s%s } }""".formatted(tag, port, protocol, inbound, network, serverTls);
    }

    /** An element of {@code outbounds}. */
    String outbound(String tag, int serverPort) {
        return """
            { "tag": "%s", "protocol": "%s", "settings": %s, "streamSettings": { %s%s }%s }""".formatted(
                        tag,
                        protocol,
                        outbound.formatted(serverPort),
                        network,
                        clientTls,
                        mux == 0 ? "" : ", \"mux\": { \"enabled\": true, \"concurrency\": " + mux + " }");
    }
}
