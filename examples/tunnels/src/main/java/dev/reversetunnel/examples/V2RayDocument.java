package dev.reversetunnel.examples;

/** The documents of V2Ray's reverse documentation, for the other end. V2Ray 4 and 5 understand them. */
final class V2RayDocument {
    private V2RayDocument() {}

    /** V2Ray as the portal: {@code v2ray -config portal.json}. */
    static String portal(int tunnelPort, int publicPort, String domain, String id) {
        return """
                {
                  "reverse": {"portals": [{"tag": "portal", "domain": "%s"}]},
                  "inbounds": [
                    {"tag": "external", "port": %d, "protocol": "dokodemo-door",
                     "settings": {"address": "127.0.0.1", "port": 80, "network": "tcp"}},
                    {"tag": "interconn", "port": %d, "protocol": "vmess",
                     "settings": {"clients": [{"id": "%s"}]}}
                  ],
                  "routing": {"rules": [
                    {"type": "field", "inboundTag": ["external"], "outboundTag": "portal"},
                    {"type": "field", "inboundTag": ["interconn"], "outboundTag": "portal"}
                  ]}
                }
                """.formatted(domain, publicPort, tunnelPort, id);
    }

    /** V2Ray as the bridge: {@code v2ray -config bridge.json}. */
    static String bridge(String portalHost, int tunnelPort, String domain, String id, String target) {
        return """
                {
                  "reverse": {"bridges": [{"tag": "bridge", "domain": "%s"}]},
                  "outbounds": [
                    {"tag": "out", "protocol": "freedom", "settings": {"redirect": "%s"}},
                    {"tag": "interconn", "protocol": "vmess", "settings": {"vnext": [
                      {"address": "%s", "port": %d, "users": [{"id": "%s"}]}]}}
                  ],
                  "routing": {"rules": [
                    {"type": "field", "inboundTag": ["bridge"], "domain": ["full:%s"], "outboundTag": "interconn"},
                    {"type": "field", "inboundTag": ["bridge"], "outboundTag": "out"}
                  ]}
                }
                """.formatted(domain, target, portalHost, tunnelPort, id, domain);
    }
}
