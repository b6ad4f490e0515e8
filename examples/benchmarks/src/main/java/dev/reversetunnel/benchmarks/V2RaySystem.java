package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * V2Ray 4 as portal and bridge over VMess, with the documents of its reverse proxy manual.
 *
 * @see <a href="https://www.v2fly.org/en_US/config/reverse.html">Reverse</a>
 */
record V2RaySystem(String security, String id) implements TunnelSystem {
    static V2RaySystem vmess(String security) {
        return new V2RaySystem(security, UUID.randomUUID().toString());
    }

    @Override
    public String name() {
        return "v2ray";
    }

    @Override
    public boolean isOurs() {
        return false;
    }

    @Override
    public List<List<String>> commands(Ports ports, Path directory) throws IOException {
        Path portal = Files.writeString(directory.resolve("portal.json"), portal(ports));
        Path bridge = Files.writeString(directory.resolve("bridge.json"), bridge(ports));
        return List.of(List.of("v2ray", "-config", portal.toString()), List.of("v2ray", "-config", bridge.toString()));
    }

    private String portal(Ports ports) {
        return """
            {
              "log": {"loglevel": "none"},
              "reverse": {"portals": [{"tag": "portal", "domain": "test.v2fly.org"}]},
              "inbounds": [
                {
                  "tag": "external", "listen": "127.0.0.1", "port": %d, "protocol": "dokodemo-door",
                  "settings": {"address": "127.0.0.1", "port": 80, "network": "tcp"}
                },
                {
                  "tag": "interconn", "listen": "127.0.0.1", "port": %d, "protocol": "vmess",
                  "settings": {"clients": [{"id": "%s", "alterId": 0}]}
                }
              ],
              "routing": {"rules": [
                {"type": "field", "inboundTag": ["external"], "outboundTag": "portal"},
                {"type": "field", "inboundTag": ["interconn"], "outboundTag": "portal"}
              ]}
            }
            """.formatted(ports.user(), ports.tunnel(), id);
    }

    private String bridge(Ports ports) {
        return """
            {
              "log": {"loglevel": "none"},
              "reverse": {"bridges": [{"tag": "bridge", "domain": "test.v2fly.org"}]},
              "outbounds": [
                {"tag": "out", "protocol": "freedom", "settings": {"redirect": "127.0.0.1:%d"}},
                {
                  "tag": "interconn", "protocol": "vmess",
                  "settings": {"vnext": [{
                    "address": "127.0.0.1", "port": %d,
                    "users": [{"id": "%s", "alterId": 0, "security": "%s"}]
                  }]}
                }
              ],
              "routing": {"rules": [
                {
                  "type": "field", "inboundTag": ["bridge"], "domain": ["full:test.v2fly.org"],
                  "outboundTag": "interconn"
                },
                {"type": "field", "inboundTag": ["bridge"], "outboundTag": "out"}
              ]}
            }
            """.formatted(ports.origin(), ports.tunnel(), id, security);
    }
}
