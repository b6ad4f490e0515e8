package dev.reversetunnel;

import java.net.InetAddress;
import java.util.List;

/** Which IP addresses belong to the public Internet. */
final class Addresses {
    /** IANA special-purpose registry of IPv4 (RFC 6890), multicast and what is reserved. */
    private static final List<String> SPECIAL_4 = List.of(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3");

    /** What is not public inside of 2000::/3. 2001::/23 holds Teredo, which hides an IPv4 address, and ORCHID. */
    private static final List<String> SPECIAL_6 = List.of("2001::/23", "2001:db8::/32", "3fff::/20");

    private static final String SIX_TO_FOUR = "2002::";

    private static final String NAT_64 = "64:ff9b::";
    private static final int NAT_64_BITS = 96;

    /**
     * What is not global unicast: private, loopback, link-local, multicast, unspecified, shared, and any of those
     * inside an IPv6 address. What {@code geoip:private} means in a rule.
     */
    static final AddressSet PRIVATE = specials();

    private Addresses() {}

    /** Whether an address is global unicast. */
    static boolean isPublic(InetAddress address) {
        return !PRIVATE.contains(address);
    }

    private static AddressSet specials() {
        AddressSet.Builder all = AddressSet.builder();
        SPECIAL_6.forEach(all::add);
        for (String block : SPECIAL_4) {
            all.add(block);
            int slash = block.indexOf('/');
            byte[] four = bytes(block.substring(0, slash));
            int prefix = Integer.parseInt(block.substring(slash + 1));
            all.add(inside(SIX_TO_FOUR, 16, four), 16 + prefix);
            all.add(inside(NAT_64, NAT_64_BITS, four), NAT_64_BITS + prefix);
        }
        all.add("4000::/2").add("8000::/1"); // and of ::/3 everything but NAT64
        for (int bit = 3; bit < NAT_64_BITS; bit++) {
            byte[] other = bytes(NAT_64);
            other[bit / 8] ^= (byte) (0x80 >> bit % 8);
            all.add(other, bit + 1);
        }
        return all.build();
    }

    private static byte[] inside(String prefix, int bits, byte[] four) {
        byte[] six = bytes(prefix);
        System.arraycopy(four, 0, six, bits / 8, four.length);
        return six;
    }

    private static byte[] bytes(String address) {
        byte[] bytes = IpBits.parse(address);
        if (bytes == null) {
            throw new IllegalStateException("not an address: " + address);
        }
        return bytes;
    }
}
