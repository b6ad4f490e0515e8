package dev.reversetunnel.http;

import dev.reversetunnel.door.NamedUsers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Name and password in a header, RFC 7617. */
final class BasicCredentials {
    private static final String SCHEME = "Basic ";

    private BasicCredentials() {}

    /** The user whose they are; null if they are nobody's, or none. */
    static @Nullable String find(String header, NamedUsers users) {
        if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return null;
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(header.substring(SCHEME.length()).strip());
        } catch (IllegalArgumentException e) {
            return null;
        }
        String both = new String(bytes, StandardCharsets.UTF_8);
        int colon = both.indexOf(':');
        return colon < 0 ? null : users.find(both.substring(0, colon), both.substring(colon + 1));
    }

    /** The header's value. */
    static String of(String name, String password) {
        byte[] both = (name + ":" + password).getBytes(StandardCharsets.UTF_8);
        return SCHEME + Base64.getEncoder().encodeToString(both);
    }
}
