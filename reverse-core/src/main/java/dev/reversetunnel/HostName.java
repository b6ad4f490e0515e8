package dev.reversetunnel;

import io.netty.util.NetUtil;
import java.util.Locale;

/** The name in what a visitor says of his host. What is no name of a host is none: it may be anything. */
final class HostName {
    private static final int MAX_NAME = 253;
    private static final int MAX_LABEL = 63;

    private HostName() {}

    /**
     * Out of {@code host}, {@code host:port} or {@code user@host:port}.
     *
     * @return in lower case, without a dot at its end; empty if it is an IP address or no name
     */
    static String ofAuthority(String authority) {
        String host = authority.substring(authority.lastIndexOf('@') + 1);
        int colon = host.lastIndexOf(':');
        if (colon < 0) {
            return of(host);
        }
        return isPort(host, colon + 1) ? of(host.substring(0, colon)) : ""; // IPv6 has a colon left, and is no name
    }

    private static boolean isPort(String text, int start) {
        for (int i = start; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return text.length() - start <= 5;
    }

    /**
     * A name alone.
     *
     * @return in lower case, without a dot at its end; empty if it is an IP address or no name
     */
    static String of(String text) {
        String name = (text.endsWith(".") ? text.substring(0, text.length() - 1) : text).toLowerCase(Locale.ROOT);
        if (name.isEmpty() || name.length() > MAX_NAME || NetUtil.isValidIpV4Address(name)) {
            return "";
        }
        int label = 0; // where it begins
        for (int i = 0; i <= name.length(); i++) {
            if (i == name.length() || name.charAt(i) == '.') {
                if (i == label || i - label > MAX_LABEL) {
                    return "";
                }
                label = i == name.length() ? label : i + 1;
            } else if (!isAllowed(name.charAt(i))) {
                return "";
            }
        }
        return isNumber(name, label) ? "" : name;
    }

    /** The underscore is no letter of a host's name, and yet in names of hosts. */
    private static boolean isAllowed(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    /** What ends in a number is an IP address to resolvers: 2130706433 and 127.1 are 127.0.0.1. */
    private static boolean isNumber(String name, int label) {
        if (name.startsWith("0x", label)) {
            return name.substring(label + 2).chars().allMatch(c -> Character.digit(c, 16) >= 0);
        }
        return name.substring(label).chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
