package dev.reversetunnel.sharelink;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.vmess.VmessClient;
import dev.reversetunnel.vmess.VmessSecurity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * {@code vmess://} and JSON in Base64, as V2RayN made it; or the form of VLESS' links.
 *
 * @see <a href="https://github.com/2dust/v2rayN/wiki/Description-of-VMess-share-link">Version 2</a>
 */
final class VmessLink {
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();
    private static final String AUTO = "auto";
    private static final Map<String, VmessSecurity> SECURITIES = new LinkedHashMap<>();

    static {
        SECURITIES.put(AUTO, VmessSecurity.AUTO);
        SECURITIES.put("aes-128-gcm", VmessSecurity.AES_128_GCM);
        SECURITIES.put("chacha20-poly1305", VmessSecurity.CHACHA20_POLY1305);
        SECURITIES.put("none", VmessSecurity.NONE);
        SECURITIES.put("zero", VmessSecurity.ZERO);
    }

    private VmessLink() {}

    static ShareLink parse(String link) {
        LinkText text = LinkText.of(link);
        return text.user() == null ? ofJson(link, text) : ofUrl(link, text);
    }

    private static ShareLink ofUrl(String link, LinkText text) {
        Map<String, String> left = new LinkedHashMap<>(text.parameters());
        LinkStream stream = LinkStream.read(left, "type", "security");
        VmessSecurity security = security("encryption", left);
        VmessClient client = client(text.server(), VlessLink.id(text), security);
        return new ShareLink(text.name(), stream.below(client), link, LinkParameters.rest(left));
    }

    private static ShareLink ofJson(String link, LinkText text) {
        String json = LinkText.base64(text.authority());
        Map<String, String> left = json == null ? Map.of() : members(json);
        if (left.isEmpty()) {
            throw new IllegalArgumentException(
                    "link: no JSON in Base64 behind vmess:// (expected: that, or id@host:port?...)");
        }
        left.remove("v");
        String name = take("ps", left);
        Destination server = LinkText.server(take("add", left), take("port", left));
        String id = take("id", left);
        if (id.isBlank()) {
            throw new IllegalArgumentException("id: missing (expected: a UUID)");
        }
        String alterId = take("aid", left);
        if (!alterId.isEmpty() && !alterId.equals("0")) {
            throw new IllegalArgumentException("aid: the header of before 2021 (expected: 0, at both ends)");
        }
        VmessSecurity security = security("scy", left);
        LinkStream stream = LinkStream.read(left, "net", "tls");
        return new ShareLink(
                name.isEmpty() ? text.name() : name,
                stream.below(client(server, id, security)),
                link,
                LinkParameters.rest(left));
    }

    private static String take(String key, Map<String, String> left) {
        String value = left.remove(key);
        return value == null ? "" : value;
    }

    /** What the object says; empty if it is none. An object or a list inside stands for itself, by its bracket. */
    private static Map<String, String> members(String json) {
        Map<String, String> members = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return Map.of();
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String key = parser.currentName();
                JsonToken token = parser.nextToken();
                members.put(key, token == JsonToken.VALUE_NULL ? "" : parser.getText());
                parser.skipChildren();
            }
            return members;
        } catch (IOException e) {
            return Map.of();
        }
    }

    private static VmessSecurity security(String key, Map<String, String> left) {
        String name = take(key, left).toLowerCase(Locale.ROOT);
        VmessSecurity security = SECURITIES.get(name.isEmpty() ? AUTO : name);
        if (security == null) {
            throw new IllegalArgumentException(
                    key + ": \"" + name + "\" (expected: " + String.join(", ", SECURITIES.keySet()) + ")");
        }
        return security;
    }

    private static VmessClient client(Destination server, String id, VmessSecurity security) {
        VmessClient client = Vmess.client(server.host(), server.port()).user(id).security(security);
        return security == VmessSecurity.NONE || security == VmessSecurity.ZERO ? client.insecure() : client;
    }

    static String print(String name, Destination server, Credentials.Vmess user, LinkStream stream) {
        if (user.authenticatedLength()) {
            throw new IllegalArgumentException("authenticatedLength: a link cannot say it (expected: false)");
        }
        Json json = Json.object()
                .with("v", "2")
                .with("ps", name)
                .with("add", server.host())
                .with("port", String.valueOf(server.port()))
                .with("id", user.id().toString())
                .with("aid", "0")
                .with("scy", user.security())
                .with("type", "none");
        stream.parameters("net", "tls", "").forEach(json::with);
        return "vmess://" + Base64.getEncoder().encodeToString(json.print().getBytes(StandardCharsets.UTF_8));
    }
}
