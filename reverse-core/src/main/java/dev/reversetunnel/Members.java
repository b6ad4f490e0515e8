package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of a private network: names and virtual addresses.
 *
 * @param network its name, the domain in which members have theirs
 * @param addresses by name, in their order
 */
record Members(String network, Map<String, InetAddress> addresses) {
    /** Behind a member's name: made up, never looked up. */
    private static final String RENDEZVOUS = ".member.internal";

    private static final int LONGEST_LABEL = 63;

    Members {
        addresses = new LinkedHashMap<>(addresses);
    }

    Set<String> names() {
        return addresses.keySet();
    }

    /** The domain by which a member's tunnels are known, on both sides. */
    static String rendezvous(String member) {
        return member + RENDEZVOUS;
    }

    /** One label of a domain name, in small letters. */
    static String requireName(String what, String name) {
        boolean label = name.length() <= LONGEST_LABEL && name.matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
        if (!label || ControlName.isReserved(Destination.tcp(name, 0))) {
            throw new IllegalArgumentException(what + ": \"" + name
                    + "\" (expected: a name such as \"nas\": small letters, digits and hyphens, and none of the"
                    + " protocol's own)");
        }
        return name;
    }

    /** An IP address, not a name. */
    static InetAddress requireAddress(String member, String address) {
        InetAddress ip = Destination.tcp(address, 0).address();
        if (ip == null) {
            throw new IllegalArgumentException(
                    "address of \"" + member + "\": \"" + address + "\" (expected: an IP address)");
        }
        return ip;
    }

    /** What rules compare a destination's name with. */
    String[] domains(String member) {
        return new String[] {"full:" + member, "full:" + member + '.' + network};
    }

    String address(String member) {
        return Destination.of(dev.reversetunnel.net.Network.TCP, new InetSocketAddress(ip(member), 0))
                .host();
    }

    private InetAddress ip(String member) {
        InetAddress ip = addresses.get(member);
        if (ip == null) {
            throw new IllegalArgumentException("member: \"" + member + "\" (expected: one of " + names() + ")");
        }
        return ip;
    }

    /**
     * What a user asks for, as the member that he is: from his virtual address, and for no tunnels but his own.
     *
     * @return null if he is no member
     */
    @Nullable
    Request as(Request request) {
        InetAddress own = addresses.get(request.user());
        InetSocketAddress source = request.source();
        return own == null
                ? null
                : request.from(
                        new InetSocketAddress(own, source == null ? 0 : source.getPort()),
                        request.grant().forMember(request.user(), rendezvous(request.user())));
    }
}
