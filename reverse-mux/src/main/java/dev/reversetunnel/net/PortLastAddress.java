package dev.reversetunnel.net;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

/**
 * The address form of SOCKS5 and Shadowsocks: port last.
 *
 * <pre>
 *  0      1
 * +------+------------------------------------------+------+
 * | type | 1: 4 bytes | 3: length, name | 4: 16 bytes | port |
 * +------+------------------------------------------+------+
 * </pre>
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc1928#section-5">RFC 1928, 5</a>
 */
public final class PortLastAddress {
    /** The most that an address takes: that of a name of 255 characters. */
    public static final int MAX_LENGTH = 1 + 1 + Destination.MAX_DOMAIN_LENGTH + Short.BYTES;

    private static final int IPV4 = 1;
    private static final int DOMAIN = 3;
    private static final int IPV6 = 4;

    private PortLastAddress() {}

    /**
     * How many bytes an address takes.
     *
     * @param destination the address
     * @return the number that {@link #write} writes
     */
    public static int length(Destination destination) {
        InetAddress ip = destination.address();
        return 1 + (ip == null ? 1 + destination.host().length() : ip.getAddress().length) + Short.BYTES;
    }

    /**
     * Writes type, address and port.
     *
     * @param out where to
     * @param destination the address; its network is not written
     */
    public static void write(ByteBuf out, Destination destination) {
        InetAddress ip = destination.address();
        if (ip == null) {
            out.writeByte(DOMAIN).writeByte(destination.host().length());
            out.writeCharSequence(destination.host(), StandardCharsets.US_ASCII);
        } else {
            byte[] bytes = ip.getAddress();
            out.writeByte(bytes.length == 4 ? IPV4 : IPV6).writeBytes(bytes);
        }
        out.writeShort(destination.port());
    }

    /**
     * Reads type, address and port. A domain field that holds the text of an IP address (IPv6 in brackets) gives that
     * address, and an IPv4-mapped IPv6 address its IPv4 one.
     *
     * @param in positioned at the type; what is read of it when this fails is not defined
     * @param network the network that is meant
     * @return the address
     * @throws AddressException if the address is cut or broken
     */
    public static Destination read(ByteBuf in, Network network) {
        PortFirstAddress.require(in, 1);
        int type = in.readUnsignedByte();
        String host = switch (type) {
            case IPV4 -> Destination.text(PortFirstAddress.bytes(in, 4));
            case DOMAIN -> PortFirstAddress.domain(in);
            case IPV6 -> Destination.text(PortFirstAddress.bytes(in, 16));
            default ->
                throw new AddressException(
                        AddressException.Reason.UNKNOWN_TYPE, "address type: " + type + " (expected: 1, 3, 4)");
        };
        PortFirstAddress.require(in, Short.BYTES);
        return new Destination(network, host, in.readUnsignedShort());
    }
}
