package dev.reversetunnel.foreign;

import dev.reversetunnel.net.Destination;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Where Xray since 26.7.11 lets VLESS go without encryption: to places that are not on the open Internet. */
public final class ClearText {
    private static final Set<String> PRIVATE_ZONES =
            Set.of("localhost", "local", "lan", "localdomain", "internal", "test", "example", "invalid");

    /** Shared address space, and three networks for documentation: the first bytes of each, and how many bits count. */
    private static final List<Block> BLOCKS = List.of(
            new Block(0x64400000, 10), new Block(0xc0000200, 24), new Block(0xc6336400, 24), new Block(0xcb007100, 24));

    private record Block(int first, int bits) {
        boolean contains(int address) {
            return (address ^ first) >>> (32 - bits) == 0;
        }
    }

    private ClearText() {}

    /**
     * Whether Xray dials it so.
     *
     * @param server of VLESS, without TLS
     * @return false for what may be on the open Internet
     */
    public static boolean isAllowedTo(Destination server) {
        InetAddress address = server.address();
        return address == null ? isPrivate(server.host()) : isPrivate(address);
    }

    private static boolean isPrivate(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        int dot = name.lastIndexOf('.');
        return dot < 0 || PRIVATE_ZONES.contains(name.substring(dot + 1)) || name.endsWith(".home.arpa");
    }

    private static boolean isPrivate(InetAddress address) {
        if (address.isLoopbackAddress()
                || address.isSiteLocalAddress()
                || address.isLinkLocalAddress()
                || address.isMulticastAddress()) {
            return true;
        }
        byte[] bytes = address.getAddress();
        int first = (bytes[0] & 0xff) << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
        return address instanceof Inet4Address
                ? BLOCKS.stream().anyMatch(block -> block.contains(first))
                : (bytes[0] & 0xfe) == 0xfc || first == 0x20010db8;
    }
}
