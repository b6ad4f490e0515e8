package dev.reversetunnel.websocket;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Names by which a server may be asked.
 *
 * @param names in lower case, without ports; empty for any
 */
record Hosts(List<String> names) {
    static final Hosts ANY = new Hosts(List.of());

    static Hosts of(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException("host: none (expected: one or more names)");
        }
        return new Hosts(List.of(names).stream().map(Hosts::bare).toList());
    }

    boolean include(@Nullable String asked) {
        return names.isEmpty() || (asked != null && names.contains(bare(asked)));
    }

    private static String bare(String host) {
        String name = host.strip().toLowerCase(Locale.ROOT);
        int colon = name.lastIndexOf(':');
        boolean hasPort = name.contains("]:") || (colon >= 0 && name.indexOf(':') == colon);
        return hasPort ? name.substring(0, colon) : name;
    }
}
