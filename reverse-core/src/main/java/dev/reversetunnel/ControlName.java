package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import java.util.Locale;
import java.util.Set;

/**
 * The names by which a bridge knows the control session. They are the peers' dialects; a bridge takes a session with
 * another name for a user's.
 *
 * <p>In the order in which a portal tries them with a bridge that it does not know.
 */
enum ControlName {
    /** V2Ray 4.35 and later, V2Ray 5, Xray 1.5.4 up to 25.9.9. */
    V2FLY("reverse.internal.v2fly.org"),
    /** Xray 25.9.10 and later. */
    XRAY("reverse"),
    /** V2Ray up to 4.34, which Debian ships. */
    V2RAY("reverse.internal.v2ray.com"),
    /** Xray up to 1.5.3. */
    EARLY_XRAY("reverse.internal.example.com");

    /** What stands for a domain where bridges register by {@link Command#REVERSE}. Never on the wire; Xray's name. */
    static final String REVERSE = "v1.rvs.cool";

    /** Asked for instead of a command by clients whose protocol has none. */
    static final String MUX = "v1.mux.cool";

    private static final Set<String> RESERVED =
            Set.of(MUX, REVERSE, V2FLY.domain, XRAY.domain, V2RAY.domain, EARLY_XRAY.domain);

    private final String domain;

    ControlName(String domain) {
        this.domain = domain;
    }

    Destination destination() {
        return Destination.udp(domain, 0);
    }

    /** Whether a bridge consumes a session itself, whatever its network and port. */
    static boolean isControl(Destination destination) {
        for (ControlName name : values()) {
            if (name.domain.equals(destination.host())) {
                return true;
            }
        }
        return false;
    }

    /** Whether a name means something to the protocol, so that no user may ask for it. */
    static boolean isReserved(Destination destination) {
        return isReserved(destination.host());
    }

    static boolean isReserved(String domain) {
        String host = domain.toLowerCase(Locale.ROOT);
        return RESERVED.contains(host.endsWith(".") ? host.substring(0, host.length() - 1) : host);
    }
}
