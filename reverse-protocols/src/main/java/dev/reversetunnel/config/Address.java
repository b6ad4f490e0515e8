package dev.reversetunnel.config;

import dev.reversetunnel.net.Destination;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Hosts, as documents write them. */
final class Address {
    private Address() {}

    /** A name or an IP address; null if there is none, or it cannot be, which is told. */
    static @Nullable String read(Section section, String key) {
        String text = section.text(key);
        if (text == null || text.isBlank()) {
            return null;
        }
        Place place = section.place(key);
        String known = Environment.resolve(text.strip(), place, section.faults());
        return known == null ? null : host(known, place, section.faults());
    }

    /** Whether an IP address is reached by this machine alone; null is all addresses. */
    static boolean isLoopback(@Nullable String address) {
        InetAddress ip = address == null ? null : ip(address);
        return ip != null && ip.isLoopbackAddress();
    }

    /** An IP address of this machine, whatever its zone; null if it is none. */
    static @Nullable InetAddress ip(String text) {
        return NetUtil.createInetAddressFromIpAddressString(text.replaceFirst("%[^\\]]*", ""));
    }

    static @Nullable String host(String text, Place place, Faults faults) {
        boolean bracketed = text.startsWith("[") && text.endsWith("]");
        String bare = bracketed ? text.substring(1, text.length() - 1) : text;
        return faults.made(place, () -> Destination.tcp(bare, 0).host());
    }
}
