package dev.reversetunnel.peers;

import java.util.Locale;
import java.util.UUID;

/**
 * What a client and a server of sing-box have agreed about: the protocol, its secret, and what lies below. Text of
 * their documents.
 *
 * @param type of protocol
 * @param inbound fields of the server, each with a comma before it
 * @param outbound fields of the client, likewise
 */
public record SingBoxCarrier(String type, String inbound, String outbound) {
    /** How VMess and VLESS clients carry datagrams; a server takes what comes. */
    public enum PacketEncoding {
        /**
         * The protocol's own command for UDP. sing-box sends all datagrams of a user to the first one's target then.
         */
        NONE,
        /** One connection of the client's for all targets of a user, in sing-box's own way. */
        PACKETADDR,
        /** Mux.cool with one session and a global id: what Xray does. */
        XUDP;

        private String word() {
            return this == NONE ? "" : name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Shadowsocks with one key, TCP and UDP.
     *
     * @param method one of 2017 or 2022
     * @param password a text, for methods of 2022 the key in base64
     * @return without TLS
     */
    public static SingBoxCarrier shadowsocks(String method, String password) {
        String fields = """
            , "method": "%s", "password": "%s\"""".formatted(method, password);
        return new SingBoxCarrier("shadowsocks", fields, fields);
    }

    /**
     * Shadowsocks 2022 with identity headers: a server with several users.
     *
     * @param method {@code 2022-blake3-aes-128-gcm} or {@code 2022-blake3-aes-256-gcm}
     * @param serverKey the server's, in base64
     * @param userKey the user's, in base64; the server has one more user, whose key nobody knows
     * @param otherKey of that other user, in base64
     * @return without TLS
     */
    public static SingBoxCarrier shadowsocks(String method, String serverKey, String userKey, String otherKey) {
        return new SingBoxCarrier("shadowsocks", """
            , "method": "%s", "password": "%s",
              "users": [{ "name": "other", "password": "%s" }, { "name": "user", "password": "%s" }]""".formatted(method, serverKey, otherKey, userKey), """
            , "method": "%s", "password": "%s:%s\"""".formatted(
                        method, serverKey, userKey));
    }

    /**
     * VMess with AEAD headers.
     *
     * @param id the user
     * @param security of the body, the client's choice: {@code auto}, {@code aes-128-gcm}, {@code chacha20-poly1305},
     *     {@code none} or {@code zero}
     * @param encoding of datagrams, the client's choice
     * @return without TLS
     */
    public static SingBoxCarrier vmess(UUID id, String security, PacketEncoding encoding) {
        return new SingBoxCarrier("vmess", """
            , "users": [{ "name": "user", "uuid": "%s", "alterId": 0 }]""".formatted(id), """
            , "uuid": "%s", "security": "%s", "alter_id": 0, "packet_encoding": "%s\"""".formatted(id, security, encoding.word()));
    }

    /**
     * VLESS without flow.
     *
     * @param id the user
     * @param encoding of datagrams, the client's choice
     * @return without TLS
     */
    public static SingBoxCarrier vless(UUID id, PacketEncoding encoding) {
        return new SingBoxCarrier("vless", """
            , "users": [{ "name": "user", "uuid": "%s" }]""".formatted(id), """
            , "uuid": "%s", "packet_encoding": "%s\"""".formatted(id, encoding.word()));
    }

    /**
     * The same over TLS.
     *
     * @param certificate the server's; the client asks for {@link TestCertificate#NAME}
     * @return a changed copy
     */
    public SingBoxCarrier tls(TestCertificate certificate) {
        return with("""
            , "tls": { "enabled": true, "certificate_path": "%s", "key_path": "%s" }""".formatted(certificate.chain(), certificate.key()), """
            , "tls": { "enabled": true, "server_name": "%s", "certificate_path": "%s" }""".formatted(
                        TestCertificate.NAME, certificate.authority()));
    }

    /**
     * The same over WebSocket; VMess and VLESS only.
     *
     * @param path of the request, begins with a slash
     * @return a changed copy
     */
    public SingBoxCarrier webSocket(String path) {
        String transport = """
            , "transport": { "type": "ws", "path": "%s" }""".formatted(path);
        return with(transport, transport);
    }

    private SingBoxCarrier with(String ofServer, String ofClient) {
        return new SingBoxCarrier(type, inbound + ofServer, outbound + ofClient);
    }
}
