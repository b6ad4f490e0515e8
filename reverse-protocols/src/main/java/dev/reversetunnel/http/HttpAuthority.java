package dev.reversetunnel.http;

import dev.reversetunnel.net.Destination;
import org.jspecify.annotations.Nullable;

/** Host and port as CONNECT has them: {@code example.com:443}, {@code [2001:db8::1]:443}. RFC 9110, section 7.2. */
final class HttpAuthority {
    private HttpAuthority() {}

    /** Reads one; null if it is none. */
    static @Nullable Destination parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || text.length() - colon > 6) {
            return null;
        }
        String host = text.substring(0, colon);
        boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
        String port = text.substring(colon + 1);
        if (bare || port.isEmpty() || !port.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        try {
            return Destination.tcp(host, Integer.parseInt(port));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Writes one. */
    static String format(Destination destination) {
        String host = destination.host();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + destination.port();
    }
}
