package dev.reversetunnel.sharelink;

import dev.reversetunnel.net.Destination;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A link taken apart: {@code scheme://user@host:port/?key=value#name}.
 *
 * @param user before the host, as it is written; a secret. Null for none
 * @param authority host and port, or what stands in their place
 * @param parameters decoded, in their order
 * @param name decoded; empty for none
 */
record LinkText(@Nullable String user, String authority, Map<String, String> parameters, String name) {
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    static LinkText of(String link) {
        String rest = link.substring(link.indexOf("://") + "://".length());
        int hash = rest.indexOf('#');
        String name = hash < 0 ? "" : decode(rest.substring(hash + 1));
        String bare = hash < 0 ? rest : rest.substring(0, hash);
        int query = bare.indexOf('?');
        Map<String, String> parameters = new LinkedHashMap<>();
        if (query >= 0) {
            for (String pair : bare.substring(query + 1).split("&", -1)) {
                int equals = pair.indexOf('=');
                if (!pair.isEmpty()) {
                    String key = decode(equals < 0 ? pair : pair.substring(0, equals));
                    if (parameters.put(key, equals < 0 ? "" : decode(pair.substring(equals + 1))) != null) {
                        throw new IllegalArgumentException(LinkParameters.shown(key) + ": twice (expected: once)");
                    }
                }
            }
            bare = bare.substring(0, query);
        }
        String whole = bare.endsWith("/") ? bare.substring(0, bare.length() - 1) : bare;
        int at = whole.lastIndexOf('@');
        return new LinkText(at < 0 ? null : whole.substring(0, at), whole.substring(at + 1), parameters, name);
    }

    /** Host and port. */
    Destination server() {
        return server(authority);
    }

    /** {@code host:port}; what stands there may be a part of the secret, and is not told. */
    static Destination server(String authority) {
        int colon = authority.lastIndexOf(':');
        return server(authority.substring(0, Math.max(colon, 0)), authority.substring(colon + 1));
    }

    static Destination server(String host, String port) {
        if (!PORT.matcher(port).matches() || Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535) {
            throw new IllegalArgumentException("server: no port (expected: host:port behind the @, port 1~65535)");
        }
        try {
            return Destination.tcp(host.strip(), Integer.parseInt(port));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("server: no host (expected: a name or an IP address)");
        }
    }

    /** {@code host:port}, with brackets if need be. */
    static String print(Destination server) {
        String host = server.host();
        return (host.indexOf(':') < 0 ? host : '[' + host + ']') + ':' + server.port();
    }

    static String decode(String text) {
        try {
            // a plus is a plus in links, though not in forms
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // without the cause, which quotes what stands there
            throw new IllegalArgumentException("link: a % that begins no escape (expected: %25 for itself)");
        }
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Base64 in any of its forms, with or without padding. Null if it is none. */
    static @Nullable String base64(String text) {
        String plain = text.strip().replace('-', '+').replace('_', '/').replaceAll("=+$", "");
        try {
            return new String(Base64.getDecoder().decode(plain), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Never what is in it. */
    @Override
    public String toString() {
        return "link";
    }
}
