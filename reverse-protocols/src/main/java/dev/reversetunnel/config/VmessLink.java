package dev.reversetunnel.config;

import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.vmess.VmessSecurity;
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
    private static final Place HERE = new Place("", "", 1, 1);

    private VmessLink() {}

    static ShareLink parse(String link) {
        LinkText text = LinkText.of(link);
        return text.user() == null ? ofJson(link, text) : ofUrl(link, text);
    }

    private static ShareLink ofUrl(String link, LinkText text) {
        Map<String, String> left = new LinkedHashMap<>(text.parameters());
        LinkStream stream = LinkStream.read(left, "type", "security");
        VmessSecurity security = security(left.remove("encryption"));
        return client(link, text.name(), text.endpoint(), VlessLink.id(text), security, stream, left);
    }

    private static ShareLink ofJson(String link, LinkText text) {
        String json = LinkText.base64(link.substring(link.indexOf("://") + "://".length()));
        Map<String, String> left = json == null ? Map.of() : members(json);
        if (left.isEmpty()) {
            throw new IllegalArgumentException(
                    "link: no JSON in Base64 behind vmess:// (expected: that, or" + " id@host:port?...)");
        }
        left.remove("v");
        String name = String.valueOf(left.getOrDefault("ps", text.name()));
        left.remove("ps");
        String host = LinkText.host(String.valueOf(left.getOrDefault("add", "")));
        left.remove("add");
        Endpoint at = LinkText.endpoint(new Endpoint(host, 0).toString().replaceFirst("0$", "") + left.remove("port"));
        String id = left.remove("id");
        if (id == null || id.isBlank()) {
            throw new IllegalArgumentException("id: missing (expected: a UUID)");
        }
        String alterId = left.remove("aid");
        if (alterId != null && !alterId.isEmpty() && !alterId.equals("0")) {
            throw new IllegalArgumentException("aid: the header of before 2021 (expected: 0, at both ends)");
        }
        VmessSecurity security = security(left.remove("scy"));
        // what Xray calls headerType
        LinkStream stream = LinkStream.read(left, "net", "tls");
        return client(link, name, at, new Secret(id), security, stream, left);
    }

    private static Map<String, String> members(String json) {
        try {
            Faults faults = new Faults();
            Value value = JsonReader.read(json, "", faults);
            faults.throwIfWrong();
            Map<String, String> members = new LinkedHashMap<>();
            if (value instanceof Value.Members object) {
                object.members().forEach((key, member) -> {
                    if (member instanceof Value.Text text) {
                        members.put(key, text.text());
                    } else if (member instanceof Value.Figure number) {
                        members.put(key, number.text());
                    } else if (member instanceof Value.Flag flag) {
                        members.put(key, String.valueOf(flag.on()));
                    }
                });
            }
            return members;
        } catch (DocumentException e) {
            return Map.of();
        }
    }

    private static VmessSecurity security(@org.jspecify.annotations.Nullable String name) {
        VmessSecurity security = VmessOutbound.SECURITIES.get(name == null ? "auto" : name.toLowerCase(Locale.ROOT));
        if (security == null) {
            throw new IllegalArgumentException(
                    "scy: \"" + name + "\" (expected: auto, aes-128-gcm, chacha20-poly1305," + " none or zero)");
        }
        return security;
    }

    private static ShareLink client(
            String link,
            String name,
            Endpoint at,
            Secret id,
            VmessSecurity security,
            LinkStream stream,
            Map<String, String> left) {
        VmessOutbound.Server server = new VmessOutbound.Server(HERE, at, id, security, false);
        return new ShareLink(name, VmessOutbound.client(server, stream.transport()), link, LinkParameters.rest(left));
    }

    static String print(String name, Endpoint at, Credentials.Vmess user, LinkStream stream) {
        if (user.authenticatedLength()) {
            throw new IllegalArgumentException("authenticatedLength: a link cannot say it (expected: false)");
        }
        Json json = Json.object()
                .with("v", "2")
                .with("ps", name)
                .with("add", at.host())
                .with("port", String.valueOf(at.port()))
                .with("id", user.id().toString())
                .with("aid", "0")
                .with("scy", "auto")
                .with("type", "none");
        stream.parameters("net", "tls", "").forEach(json::with);
        return "vmess://" + Base64.getEncoder().encodeToString(json.print().getBytes(StandardCharsets.UTF_8));
    }
}
