package dev.reversetunnel.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A document for each kind of object that one may have, to put something into that object. */
final class Templates {
    private static final String ID = "27848739-7e62-4138-9fd3-098a63964b6b";
    private static final Map<String, String> TEMPLATES = new LinkedHashMap<>();

    static {
        TEMPLATES.put("document", "{%s}");
        for (String section : List.of("log", "api", "dns", "policy", "reverse", "routing", "transport")) {
            TEMPLATES.put(section, "{\"" + section + "\": {%s}}");
        }
        TEMPLATES.put("bridge", "{\"reverse\": {\"bridges\": [{%s}]}}");
        TEMPLATES.put("portal", "{\"reverse\": {\"portals\": [{%s}]}}");
        TEMPLATES.put("routing settings", "{\"routing\": {\"settings\": {%s}}}");
        TEMPLATES.put("system policy", "{\"policy\": {\"system\": {%s}}}");
        TEMPLATES.put("level policy", "{\"policy\": {\"levels\": {\"0\": {%s}}}}");
        TEMPLATES.put("rule", "{\"routing\": {\"rules\": [{\"network\": \"tcp\", \"outboundTag\": \"out\", %s}]}}");
        TEMPLATES.put("balancer", "{\"routing\": {\"balancers\": [{\"tag\": \"b\", \"selector\": [\"o\"], %s}]}}");
        TEMPLATES.put(
                "balancer strategy",
                "{\"routing\": {\"balancers\": [{\"tag\": \"b\", \"selector\": [\"o\"], \"strategy\": {%s}}]}}");
        inbound("inbound", "%s");
        inbound("sniffing", "\"sniffing\": {\"enabled\": true, %s}");
        inbound("streamSettings", "\"streamSettings\": {%s}");
        inbound("tcpSettings", "\"streamSettings\": {\"tcpSettings\": {%s}}");
        inbound("tcp header", "\"streamSettings\": {\"tcpSettings\": {\"header\": {%s}}}");
        inbound("wsSettings", "\"streamSettings\": {\"network\": \"ws\", \"wsSettings\": {%s}}");
        inbound("server tlsSettings", "\"streamSettings\": {\"security\": \"tls\", \"tlsSettings\": {%s}}");
        inbound(
                "certificate",
                "\"streamSettings\": {\"security\": \"tls\", \"tlsSettings\": {\"certificates\": [{%s}]}}");
        inbound("server sockopt", "\"streamSettings\": {\"sockopt\": {%s}}");
        for (String protocol : List.of("dokodemo-door", "http", "shadowsocks", "socks", "vless", "vmess")) {
            inbound("inbound settings of " + protocol, "\"protocol\": \"" + protocol + "\", \"settings\": {%s}");
        }
        inbound("vmess user", "\"protocol\": \"vmess\", \"settings\": {\"clients\": [{%s}]}");
        inbound("vless user", "\"protocol\": \"vless\", \"settings\": {\"clients\": [{%s}]}");
        inbound(
                "reverse of a vless user",
                "\"protocol\": \"vless\", \"settings\": {\"clients\": [{\"id\": \"" + ID + "\", \"reverse\": {%s}}]}");
        inbound("shadowsocks user", "\"protocol\": \"shadowsocks\", \"settings\": {\"clients\": [{%s}]}");
        inbound("account", "\"protocol\": \"http\", \"settings\": {\"accounts\": [{%s}]}");
        inbound("fallback", "\"protocol\": \"vless\", \"settings\": {\"fallbacks\": [{%s}]}");
        outbound("outbound", "%s");
        outbound("mux", "\"mux\": {\"enabled\": true, %s}");
        outbound("client tlsSettings", "\"streamSettings\": {\"security\": \"tls\", \"tlsSettings\": {%s}}");
        outbound("client sockopt", "\"streamSettings\": {\"sockopt\": {%s}}");
        for (String protocol : List.of("freedom", "http", "shadowsocks", "socks", "vless", "vmess")) {
            outbound(
                    "outbound settings of " + protocol,
                    "\"protocol\": \"" + protocol + "\", \"settings\": {\"address\": \"a\", %s}");
        }
        outbound("proxySettings", "\"proxySettings\": {%s}");
        outbound("outbound settings of blackhole", "\"protocol\": \"blackhole\", \"settings\": {%s}");
        outbound("blackhole response", "\"protocol\": \"blackhole\", \"settings\": {\"response\": {%s}}");
        outbound("vmess server", "\"protocol\": \"vmess\", \"settings\": {\"vnext\": [{%s}]}");
        outbound("final rule", "\"settings\": {\"finalRules\": [{%s}]}");
        outbound("vless server", "\"protocol\": \"vless\", \"settings\": {\"vnext\": [{%s}]}");
        String user = "\"settings\": {\"vnext\": [{\"address\": \"a\", \"port\": 1, \"users\": [{\"id\": \"" + ID
                + "\", %s}]}]}";
        outbound("user of a vmess server", "\"protocol\": \"vmess\", " + user);
        outbound("user of a vless server", "\"protocol\": \"vless\", " + user);
        outbound("shadowsocks server", "\"protocol\": \"shadowsocks\", \"settings\": {\"servers\": [{%s}]}");
        outbound("proxy server", "\"protocol\": \"socks\", \"settings\": {\"servers\": [{%s}]}");
        outbound(
                "reverse of a vless server",
                "\"protocol\": \"vless\", \"settings\": {\"address\": \"a\", \"reverse\": {%s}}");
    }

    private Templates() {}

    /** The document, with %s in the place of members of that object. */
    static String of(String kind) {
        String template = TEMPLATES.get(kind);
        if (template == null) {
            throw new IllegalArgumentException("kind: " + kind + " (expected: one of " + TEMPLATES.keySet() + ")");
        }
        return template;
    }

    static Set<String> kinds() {
        return TEMPLATES.keySet();
    }

    private static void inbound(String scope, String content) {
        part(scope, "inbounds", "dokodemo-door", content);
    }

    private static void outbound(String scope, String content) {
        part(scope, "outbounds", "freedom", content);
    }

    private static void part(String scope, String list, String protocol, String content) {
        String kind = content.contains("\"protocol\"") ? "" : "\"protocol\": \"" + protocol + "\", ";
        String port = list.equals("inbounds") ? "\"port\": 1, " : "";
        TEMPLATES.put(scope, "{\"" + list + "\": [{\"tag\": \"out\", " + port + kind + content + "}]}");
    }
}
