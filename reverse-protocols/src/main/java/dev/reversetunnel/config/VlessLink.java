package dev.reversetunnel.config;

import dev.reversetunnel.agreement.Credentials;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code vless://id@host:port?type=ws&security=tls...#name}. */
final class VlessLink {
    private static final Place HERE = new Place("", "", 1, 1);

    private VlessLink() {}

    static ShareLink parse(String link) {
        LinkText text = LinkText.of(link);
        Map<String, String> left = new LinkedHashMap<>(text.parameters());
        LinkStream stream = LinkStream.read(left, "type", "security");
        String encryption = left.remove("encryption");
        if (encryption != null && !encryption.isEmpty() && !encryption.equals("none")) {
            throw new IllegalArgumentException("encryption: VLESS' own is not supported (expected: none, and TLS)");
        }
        Secret id = id(text);
        VlessOutbound.Server server = new VlessOutbound.Server(HERE, text.endpoint(), id);
        return new ShareLink(
                text.name(), VlessOutbound.client(server, false, stream.transport()), link, LinkParameters.rest(left));
    }

    static Secret id(LinkText text) {
        if (text.user() == null || text.user().isEmpty()) {
            throw new IllegalArgumentException("id: missing (expected: a UUID before the @)");
        }
        return new Secret(LinkText.decode(text.user()));
    }

    static String print(String name, Endpoint at, Credentials.Vless user, LinkStream stream) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("encryption", "none");
        parameters.putAll(stream.parameters("type", "security", "none"));
        return "vless://" + user.id() + '@' + at + LinkParameters.print(parameters) + '#' + LinkText.encode(name);
    }
}
