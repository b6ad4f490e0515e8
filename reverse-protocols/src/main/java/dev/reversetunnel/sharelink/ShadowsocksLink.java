package dev.reversetunnel.sharelink;

import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksClient;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code ss://method:password@host:port#name}, the part before the @ in Base64 or, as the edition of 2022 demands,
 * escaped; and the older form, all of it in Base64.
 */
final class ShadowsocksLink {
    private ShadowsocksLink() {}

    static ShareLink parse(String link) {
        LinkText text = LinkText.of(link);
        String user = text.user();
        String authority = text.authority();
        if (user == null) {
            String whole = LinkText.base64(LinkText.decode(authority));
            int at = whole == null ? -1 : whole.lastIndexOf('@');
            if (whole == null || at < 0) {
                throw new IllegalArgumentException("link: no server (expected: ss://method:password@host:port)");
            }
            user = whole.substring(0, at);
            authority = whole.substring(at + 1);
        } else {
            user = plain(LinkText.decode(user));
        }
        int colon = user.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("user: no colon (expected: method:password, or that in Base64)");
        }
        ShadowsocksMethod method = method(user.substring(0, colon));
        Map<String, String> left = new LinkedHashMap<>(text.parameters());
        LinkStream stream = LinkStream.read(left, "type", "security");
        Destination server = LinkText.server(authority);
        ShadowsocksClient client =
                Shadowsocks.client(server.host(), server.port()).method(method).password(user.substring(colon + 1));
        return new ShareLink(text.name(), stream.below(client), link, LinkParameters.rest(left));
    }

    /** Not Base64, if there is a colon, which that does not have. */
    private static String plain(String user) {
        String decoded = user.indexOf(':') < 0 ? LinkText.base64(user) : null;
        return decoded == null ? user : decoded;
    }

    /** What stands there may be a part of the password. */
    private static ShadowsocksMethod method(String name) {
        ShadowsocksMethod known = known(name);
        if (known == null) {
            throw new IllegalArgumentException("method: unknown (expected: 2022-blake3-aes-128-gcm,"
                    + " 2022-blake3-aes-256-gcm, 2022-blake3-chacha20-poly1305, aes-128-gcm, aes-256-gcm or"
                    + " chacha20-ietf-poly1305)");
        }
        return known;
    }

    private static @Nullable ShadowsocksMethod known(String name) {
        try {
            return ShadowsocksMethod.of(name);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    static String print(String name, Destination server, Credentials.Shadowsocks user, LinkStream stream) {
        if (stream.webSocket() || stream.tls()) {
            throw new IllegalArgumentException(
                    "transport: links of Shadowsocks know TCP only (expected: that; or VLESS)");
        }
        String plain = user.method() + ':' + user.password();
        String shown = user.is2022()
                ? LinkText.encode(user.method()) + ':' + LinkText.encode(user.password())
                : Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
        return "ss://" + shown + '@' + LinkText.print(server) + '#' + LinkText.encode(name);
    }
}
