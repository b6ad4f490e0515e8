package dev.reversetunnel.peers;

import java.util.Locale;
import java.util.UUID;

/**
 * The documents of V2Ray's reverse proxy manual, comments and all. Ports, id, domain and addresses are the test's;
 * {@code log}, {@code listen} and {@code security} are added. And, for every {@link V2RayCarrier}, the two ends of a
 * tunnel, and a client and a server without one; all of these take TCP and UDP. Clients and servers can be Xrays, too.
 *
 * @see <a href="https://www.v2fly.org/en_US/config/reverse.html">Reverse</a>
 */
public final class V2RayDocuments {
    /** How a VMess client seals the body; the server takes what comes. */
    public enum Security {
        /** The client's choice: AES-128-GCM where the processor helps, which is what leaving it out means. */
        AUTO,
        /** AES-128-GCM. */
        AES_128_GCM,
        /** ChaCha20-Poly1305. */
        CHACHA20_POLY1305,
        /** Plain chunks. */
        NONE;

        /**
         * Its name in a document.
         *
         * @return as in {@code "security": "aes-128-gcm"}
         */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private V2RayDocuments() {}

    /**
     * The public end: users come in at one port, bridges over VMess at another, both at 127.0.0.1.
     *
     * @param externalPort where users come in
     * @param interconnPort where bridges come in
     * @param id the VMess user, as a UUID
     * @param domain by which a bridge is known
     * @return a document for {@link V2Ray#start}
     */
    public static String portal(int externalPort, int interconnPort, UUID id, String domain) {
        return """
            {
              "log": { "loglevel": "warning" },
              "reverse": {
                "portals": [
                  {
                    "tag": "portal",
                    "domain": "%4$s" // Must match bridge configuration
                  }
                ]
              },
              "inbounds": [
                {
                  "tag": "external",
                  "listen": "127.0.0.1",
                  "port": %1$d, // Open port 80 for external HTTP access
                  "protocol": "dokodemo-door",
                  "settings": {
                    "address": "127.0.0.1",
                    "port": 80,
                    "network": "tcp"
                  }
                },
                {
                  "listen": "127.0.0.1",
                  "port": %2$d, // For receiving bridge connections
                  "tag": "interconn",
                  "protocol": "vmess",
                  "settings": {
                    "clients": [
                      {
                        "id": "%3$s"
                      }
                    ]
                  }
                }
              ],
              "routing": {
                "rules": [
                  {
                    "type": "field",
                    "inboundTag": [
                      "external"
                    ],
                    "outboundTag": "portal"
                  },
                  {
                    "type": "field",
                    "inboundTag": [
                      "interconn"
                    ],
                    "outboundTag": "portal"
                  }
                ]
              }
            }
            """.formatted(externalPort, interconnPort, id, domain);
    }

    /**
     * The private end, with the security that the client chooses.
     *
     * @param portalPort where the portal waits for bridges, at 127.0.0.1
     * @param id the VMess user
     * @param domain the portal's
     * @param redirect where all users go, {@code host:port}
     * @return a document for {@link V2Ray#start}
     */
    public static String bridge(int portalPort, UUID id, String domain, String redirect) {
        return bridge(portalPort, id, domain, redirect, Security.AUTO);
    }

    /**
     * The private end.
     *
     * @param portalPort where the portal waits for bridges, at 127.0.0.1
     * @param id the VMess user
     * @param domain the portal's
     * @param redirect where all users go, {@code host:port}
     * @param security of the tunnel's body
     * @return a document for {@link V2Ray#start}
     */
    public static String bridge(int portalPort, UUID id, String domain, String redirect, Security security) {
        return """
            {
              "log": { "loglevel": "warning" },
              "reverse": {
                "bridges": [
                  {
                    "tag": "bridge",
                    "domain": "%3$s"
                  }
                ]
              },
              "outbounds": [
                {
                  "tag": "out",
                  "protocol": "freedom",
                  "settings": {
                    "redirect": "%4$s" // Forward all traffic to web server
                  }
                },
                {
                  "protocol": "vmess",
                  "settings": {
                    "vnext": [
                      {
                        "address": "127.0.0.1",
                        "port": %1$d,
                        "users": [
                          {
                            "id": "%2$s",
                            "security": "%5$s"
                          }
                        ]
                      }
                    ]
                  },
                  "tag": "interconn"
                }
              ],
              "routing": {
                "rules": [
                  {
                    "type": "field",
                    "inboundTag": [
                      "bridge"
                    ],
                    "domain": [
                      "full:%3$s"
                    ],
                    "outboundTag": "interconn"
                  },
                  {
                    "type": "field",
                    "inboundTag": [
                      "bridge"
                    ],
                    "outboundTag": "out"
                  }
                ]
              }
            }
            """.formatted(portalPort, id, domain, redirect, security.word());
    }

    /**
     * The public end of a tunnel.
     *
     * @param externalPort where users come in, TCP and UDP, at 127.0.0.1
     * @param interconnPort where bridges come in, at 127.0.0.1
     * @param carrier what bridges speak
     * @param domain by which a bridge is known
     * @return a document for {@link V2Ray#start}
     */
    public static String portal(int externalPort, int interconnPort, V2RayCarrier carrier, String domain) {
        return """
            {
              "log": { "loglevel": "warning" },
              "reverse": { "portals": [{ "tag": "portal", "domain": "%s" }] },
              "inbounds": [
                %s,
                %s
              ],
              "routing": {
                "rules": [{ "type": "field", "inboundTag": ["external", "interconn"], "outboundTag": "portal" }]
              }
            }
            """.formatted(domain, door("external", externalPort, 80), carrier.inbound("interconn", interconnPort));
    }

    /**
     * The private end of a tunnel.
     *
     * @param portalPort where the portal waits for bridges, at 127.0.0.1
     * @param carrier what the portal speaks
     * @param domain the portal's
     * @param redirect where all users go, {@code host:port}
     * @return a document for {@link V2Ray#start}
     */
    public static String bridge(int portalPort, V2RayCarrier carrier, String domain, String redirect) {
        return """
            {
              "log": { "loglevel": "warning" },
              "reverse": { "bridges": [{ "tag": "bridge", "domain": "%1$s" }] },
              "outbounds": [
                { "tag": "out", "protocol": "freedom", "settings": { "redirect": "%2$s" } },
                %3$s
              ],
              "routing": {
                "rules": [
                  { "type": "field", "inboundTag": ["bridge"], "domain": ["full:%1$s"], "outboundTag": "interconn" },
                  { "type": "field", "inboundTag": ["bridge"], "outboundTag": "out" }
                ]
              }
            }
            """.formatted(domain, redirect, carrier.outbound("interconn", portalPort));
    }

    /**
     * A client that asks its server for one target.
     *
     * @param port where its users come in, TCP and UDP, at 127.0.0.1
     * @param targetPort of the target, at 127.0.0.1 as the server sees it
     * @param serverPort where the server is, at 127.0.0.1
     * @param carrier what the server speaks
     * @return a document for {@link V2Ray#start}
     */
    public static String client(int port, int targetPort, int serverPort, V2RayCarrier carrier) {
        return document(door("door", port, targetPort), carrier.outbound("server", serverPort));
    }

    /**
     * A client that asks its server for what its users want.
     *
     * @param port of its SOCKS5 proxy, with UDP associations, at 127.0.0.1
     * @param serverPort where the server is, at 127.0.0.1
     * @param carrier what the server speaks
     * @return a document for {@link V2Ray#start}
     */
    public static String socks(int port, int serverPort, V2RayCarrier carrier) {
        return document("""
            { "tag": "socks", "listen": "127.0.0.1", "port": %d, "protocol": "socks",
              "settings": { "auth": "noauth", "udp": true, "ip": "127.0.0.1" } }""".formatted(port), carrier.outbound("server", serverPort));
    }

    /**
     * A server that connects wherever its clients want.
     *
     * @param port where it listens, at 127.0.0.1
     * @param carrier what it speaks
     * @return a document for {@link V2Ray#start}
     */
    public static String server(int port, V2RayCarrier carrier) {
        // finalRules is for Xray, which connects to no private address without it; V2Ray does not look at it
        return document(carrier.inbound("clients", port), """
            { "tag": "direct", "protocol": "freedom", "settings": { "finalRules": [{ "action": "allow" }] } }""");
    }

    private static String document(String inbound, String outbound) {
        return """
            {
              "log": { "loglevel": "warning" },
              "inbounds": [
                %s
              ],
              "outbounds": [
                %s
              ]
            }
            """.formatted(inbound, outbound);
    }

    private static String door(String tag, int port, int targetPort) {
        return """
            { "tag": "%s", "listen": "127.0.0.1", "port": %d, "protocol": "dokodemo-door",
              "settings": { "address": "127.0.0.1", "port": %d, "network": "tcp,udp" } }""".formatted(tag, port, targetPort);
    }
}
