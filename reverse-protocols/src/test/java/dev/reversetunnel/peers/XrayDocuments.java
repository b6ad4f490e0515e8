package dev.reversetunnel.peers;

import java.util.UUID;

/**
 * The two ends of Xray's reverse proxy over VLESS, for TCP and UDP. Its forward proxies read
 * {@link V2RayDocuments#client} and {@link V2RayDocuments#server}.
 *
 * @param bridges the portal's port for bridges, at 127.0.0.1
 * @param id the VLESS user, which is the tunnel's name, too
 * @param serverTls empty, or the portal's side of TLS
 * @param clientTls empty, or the bridge's side of TLS
 * @see <a href="https://xtls.github.io/en/config/inbounds/vless.html">VLESS</a>
 */
public record XrayDocuments(int bridges, UUID id, String serverTls, String clientTls) {
    /**
     * A tunnel in plain text, which Xray allows to loopback addresses.
     *
     * @param bridges the portal's port for bridges, at 127.0.0.1
     * @param id the VLESS user, which is the tunnel's name, too
     * @return without TLS
     */
    public static XrayDocuments reverse(int bridges, UUID id) {
        return new XrayDocuments(bridges, id, "", "");
    }

    /**
     * The same over TLS.
     *
     * @param certificate the portal's; the bridge asks for {@link TestCertificate#NAME}
     * @return a changed copy
     */
    public XrayDocuments tls(TestCertificate certificate) {
        return new XrayDocuments(bridges, id, """
            , "streamSettings": { "security": "tls", "tlsSettings": {
                "certificates": [{ "certificateFile": "%s", "keyFile": "%s" }] } }""".formatted(certificate.chain(), certificate.key()), """
            , "streamSettings": { "security": "tls", "tlsSettings": { "serverName": "%s", "disableSystemRoot": true,
                "certificates": [{ "usage": "verify", "certificateFile": "%s" }] } }""".formatted(
                        TestCertificate.NAME, certificate.authority()));
    }

    /**
     * The public end.
     *
     * @param users where users come in, TCP and UDP, at 127.0.0.1
     * @return a document for {@link Xray#start}
     */
    public String portal(int users) {
        return portal(users, "");
    }

    /**
     * The public end behind a load balancer: each TCP user's connection begins with a header of the PROXY protocol,
     * version 1 or 2.
     *
     * @param users where users come in, at 127.0.0.1
     * @return a document for {@link Xray#start}
     */
    public String portalBehindProxy(int users) {
        return portal(users, """
            , "streamSettings": { "sockopt": { "acceptProxyProtocol": true } }""");
    }

    /** With an outbound before the tunnel's, lest that be where everybody goes who fits no rule. */
    private String portal(int users, String streamSettings) {
        return """
            {
              "log": { "loglevel": "warning" },
              "inbounds": [
                { "tag": "users", "listen": "127.0.0.1", "port": %d, "protocol": "dokodemo-door",
                  "settings": { "address": "127.0.0.1", "port": 80, "network": "tcp,udp" }%s },
                { "tag": "bridges", "listen": "127.0.0.1", "port": %d, "protocol": "vless",
                  "settings": { "clients": [{ "id": "%s", "reverse": { "tag": "portal" } }], "decryption": "none" }%s }
              ],
              "outbounds": [
                { "tag": "block", "protocol": "blackhole" }
              ],
              "routing": {
                "rules": [{ "type": "field", "inboundTag": ["users"], "outboundTag": "portal" }]
              }
            }
            """.formatted(users, streamSettings, bridges, id, serverTls);
    }

    /**
     * The private end. Calls the portal 2 s after its start.
     *
     * @param redirect where all users go, {@code host:port}
     * @return a document for {@link Xray#start}
     */
    public String bridge(String redirect) {
        return bridge(redirect, 0);
    }

    /**
     * The private end, which tells the server by the PROXY protocol where a TCP user comes from.
     *
     * @param redirect where all users go, {@code host:port}
     * @param proxyProtocol 1 or 2, the version; 0: not told
     * @return a document for {@link Xray#start}
     */
    public String bridge(String redirect, int proxyProtocol) {
        // Without finalRules, Xray since 26.5 swallows everything that comes out of a reverse tunnel.
        return """
            {
              "log": { "loglevel": "warning" },
              "outbounds": [
                { "tag": "out", "protocol": "freedom",
                  "settings": { "redirect": "%s", "proxyProtocol": %d, "finalRules": [{ "action": "allow" }] } },
                { "tag": "portal", "protocol": "vless",
                  "settings": { "address": "127.0.0.1", "port": %d, "id": "%s", "encryption": "none",
                                "reverse": { "tag": "bridge" } }%s }
              ],
              "routing": {
                "rules": [{ "type": "field", "inboundTag": ["bridge"], "outboundTag": "out" }]
              }
            }
            """.formatted(redirect, proxyProtocol, bridges, id, clientTls);
    }
}
