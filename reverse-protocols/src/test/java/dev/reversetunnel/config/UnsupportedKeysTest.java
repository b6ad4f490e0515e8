package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each thing that is not supported, put where the list says that it is found: the document is told of it. */
class UnsupportedKeysTest {
    private static final String ID = "27848739-7e62-4138-9fd3-098a63964b6b";
    private static final Map<String, String> TEMPLATES = new LinkedHashMap<>();

    static {
        TEMPLATES.put("document", "{%s}");
        for (String section : List.of("log", "api", "dns", "policy", "routing", "transport")) {
            TEMPLATES.put(section, "{\"" + section + "\": {%s}}");
        }
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

    private static void inbound(String scope, String content) {
        part(scope, "inbounds", "dokodemo-door", content);
    }

    private static void outbound(String scope, String content) {
        part(scope, "outbounds", "freedom", content);
    }

    private static void part(String scope, String list, String protocol, String content) {
        String kind = content.contains("\"protocol\"") ? "" : "\"protocol\": \"" + protocol + "\", ";
        TEMPLATES.put(scope, "{\"" + list + "\": [{\"tag\": \"out\", \"port\": 1, " + kind + content + "}]}");
    }

    static Stream<UnsupportedKeys.Entry> entries() {
        return UnsupportedKeys.all().stream();
    }

    @ParameterizedTest
    @MethodSource("entries")
    void tells_of_what_is_not_supported(UnsupportedKeys.Entry entry) throws Exception {
        String document = TEMPLATES.get(entry.scope()).replace("%s", member(entry));
        // GIVEN a protocol that the template gives, or the entry itself
        String once = entry.key().startsWith("protocol=") && !entry.scope().equals("rule")
                ? document.replaceFirst("\"protocol\": \"[a-z-]+\", ", "")
                : document;
        // WHEN
        List<String> told = new ArrayList<>();
        List<String> faults = told(once, told);
        // THEN
        String key = entry.key().replaceFirst("=.*", "");
        then(told.stream().filter(line -> line.contains(entry.instead())))
                .as("%s in %s gives %s and %s", entry, once, faults, told)
                .isNotEmpty()
                .allMatch(line -> line.contains(key));
        then(faults.stream().anyMatch(line -> line.contains(entry.instead()))).isEqualTo(entry.isError());
    }

    private static List<String> told(String document, List<String> told) {
        Faults faults = new Faults();
        try {
            Model.read(Section.of("document", JsonReader.read(document, "", faults), faults));
            faults.finishReading();
            told.addAll(faults.warnings());
            faults.throwIfWrong();
            return List.of();
        } catch (DocumentException e) {
            told.addAll(e.faults());
            return e.faults();
        }
    }

    private static String member(UnsupportedKeys.Entry entry) {
        int equals = entry.key().indexOf('=');
        if (equals < 0) {
            return '"' + entry.key() + "\": {\"some\": \"thing\"}";
        }
        String key = entry.key().substring(0, equals);
        String value = entry.key().substring(equals + 1);
        boolean isList = key.equals("destOverride");
        return '"' + key + "\": " + (isList ? "[\"" + value + "\"]" : '"' + value + '"');
    }
}
