package dev.reversetunnel.sharelink;

import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vless.VlessClient;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code vless://id@host:port?type=ws&security=tls...#name}. */
final class VlessLink {
    private VlessLink() {}

    static ShareLink parse(String link) {
        LinkText text = LinkText.of(link);
        Map<String, String> left = new LinkedHashMap<>(text.parameters());
        LinkStream stream = LinkStream.read(left, "type", "security");
        String encryption = left.remove("encryption");
        if (encryption != null && !encryption.isEmpty() && !encryption.equals("none")) {
            throw new IllegalArgumentException("encryption: VLESS' own is not supported (expected: none, and TLS)");
        }
        Destination server = text.server();
        VlessClient client =
                Vless.client(server.host(), server.port()).user(id(text)).insecure();
        return new ShareLink(text.name(), stream.below(client), link, LinkParameters.rest(left));
    }

    static String id(LinkText text) {
        if (text.user() == null || text.user().isEmpty()) {
            throw new IllegalArgumentException("id: missing (expected: a UUID before the @)");
        }
        return LinkText.decode(text.user());
    }

    static String print(String name, Destination server, Credentials.Vless user, LinkStream stream) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("encryption", "none");
        parameters.putAll(stream.parameters("type", "security", "none"));
        return "vless://" + user.id() + '@' + LinkText.print(server) + LinkParameters.print(parameters) + '#'
                + LinkText.encode(name);
    }
}
