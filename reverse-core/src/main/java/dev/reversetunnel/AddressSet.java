package dev.reversetunnel;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * A set of IP addresses, made of CIDR blocks. Immutable; 100,000 blocks cost a binary search.
 *
 * <p>An IPv4 address inside an IPv6 one ({@code ::ffff:192.0.2.1}) is that IPv4 address.
 */
public final class AddressSet {
    private static final AddressSet EMPTY = builder().build();

    private final Ranges4 four;
    private final Ranges6 six;

    private AddressSet(Ranges4 four, Ranges6 six) {
        this.four = four;
        this.six = six;
    }

    /**
     * A set of blocks.
     *
     * @param blocks each an IP address, or one with the number of leading bits that count: {@code 10.0.0.0/8}
     * @return the set
     * @throws IllegalArgumentException if one is neither
     */
    public static AddressSet of(String... blocks) {
        Builder builder = builder();
        Arrays.stream(blocks).forEach(builder::add);
        return builder.build();
    }

    /**
     * A set without an address.
     *
     * @return the set
     */
    public static AddressSet empty() {
        return EMPTY;
    }

    /**
     * Collects blocks.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Whether an address is in the set.
     *
     * @param address of IPv4 or IPv6
     * @return true if one of the blocks holds it
     */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            return four.contains(IpBits.int32(bytes, 0));
        }
        return IpBits.isMapped(bytes) ? four.contains(IpBits.int32(bytes, 12)) : six.contains(bytes);
    }

    /** Whether the set has any address of this one's family, and so says something about it. */
    boolean knowsFamilyOf(InetAddress address) {
        byte[] bytes = address.getAddress();
        return (bytes.length == 4 || IpBits.isMapped(bytes) ? four.size() : six.size()) > 0;
    }

    /**
     * Whether one of several addresses is in the set.
     *
     * @param addresses as a name resolves to them
     * @return true if one is; false if there is none
     */
    public boolean containsAny(List<InetAddress> addresses) {
        for (InetAddress address : addresses) {
            if (contains(address)) {
                return true;
            }
        }
        return false;
    }

    /** How many ranges are left of the blocks, where those that touch one another are one. */
    @Override
    public String toString() {
        return "addresses in " + four.size() + " ranges of IPv4 and " + six.size() + " of IPv6";
    }

    /** Collects the blocks of a set. Not safe for use by several threads. */
    public static final class Builder {
        private final Ranges4.Builder four = new Ranges4.Builder();
        private final Ranges6.Builder six = new Ranges6.Builder();

        private Builder() {}

        /**
         * Adds a block.
         *
         * @param block an IP address, or one with the number of leading bits that count: {@code 2001:db8::/32}
         * @return this
         * @throws IllegalArgumentException if it is neither
         */
        public Builder add(String block) {
            int slash = block.indexOf('/');
            byte[] bytes = IpBits.parse(slash < 0 ? block : block.substring(0, slash));
            if (bytes == null) {
                throw new IllegalArgumentException(
                        "ip: \"" + block + "\" (expected: an IP address, or a block such as 10.0.0.0/8)");
            }
            return add(bytes, slash < 0 ? bytes.length * 8 : bits(block, slash + 1, bytes.length * 8));
        }

        private static int bits(String block, int from, int most) {
            String text = block.substring(from);
            int bits = text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
            if (bits < 0 || bits > most) {
                throw new IllegalArgumentException("ip: \"" + block + "\" (expected: 0~" + most + " after the slash)");
            }
            return bits;
        }

        /**
         * Adds a block.
         *
         * @param address of 4 or 16 bytes; what is behind the prefix does not matter
         * @param prefix how many of its leading bits count
         * @return this
         * @throws IllegalArgumentException if either has an impossible value
         */
        public Builder add(byte[] address, int prefix) {
            if (address.length != 4 && address.length != 16) {
                throw new IllegalArgumentException("ip: " + address.length + " bytes (expected: 4 or 16)");
            }
            if (prefix < 0 || prefix > address.length * 8) {
                throw new IllegalArgumentException("prefix: " + prefix + " (expected: 0~" + address.length * 8 + ")");
            }
            if (address.length == 4) {
                four.add(IpBits.int32(address, 0), prefix);
            } else if (prefix >= 96 && IpBits.isMapped(address)) {
                four.add(IpBits.int32(address, 12), prefix - 96);
            } else {
                six.add(address, prefix);
            }
            return this;
        }

        /**
         * Sorts and joins the blocks.
         *
         * @return the set
         */
        public AddressSet build() {
            return new AddressSet(four.build(), six.build());
        }
    }
}
