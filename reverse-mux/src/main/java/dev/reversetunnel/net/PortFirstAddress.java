package dev.reversetunnel.net;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

/**
 * The address form that Mux.cool, VMess and VLESS share: port first, and type codes that are not those of SOCKS.
 *
 * <pre>
 *  0      2      3
 * +------+------+------------------------------------------+
 * | port | type | 1: 4 bytes | 2: length, name | 3: 16 bytes |
 * +------+------+------------------------------------------+
 * </pre>
 *
 * @see <a href="https://xtls.github.io/en/development/protocols/muxcool.html">Mux.Cool, New</a>
 */
public final class PortFirstAddress {
    private static final int IPV4 = 1;
    private static final int DOMAIN = 2;
    private static final int IPV6 = 3;
    private static final int PORT_AND_TYPE = 3;

    private PortFirstAddress() {}

    /**
     * How many bytes an address takes.
     *
     * @param destination the address
     * @return the number that {@link #write} writes
     */
    public static int length(Destination destination) {
        InetAddress ip = destination.address();
        return PORT_AND_TYPE + (ip == null ? 1 + destination.host().length() : ip.getAddress().length);
    }

    /**
     * Writes port, type and address.
     *
     * @param out where to
     * @param destination the address; its network is not written
     */
    public static void write(ByteBuf out, Destination destination) {
        out.writeShort(destination.port());
        InetAddress ip = destination.address();
        if (ip == null) {
            out.writeByte(DOMAIN).writeByte(destination.host().length());
            out.writeCharSequence(destination.host(), StandardCharsets.US_ASCII);
            return;
        }
        byte[] bytes = ip.getAddress();
        out.writeByte(bytes.length == 4 ? IPV4 : IPV6).writeBytes(bytes);
    }

    /**
     * Reads port, type and address. A domain field that holds the text of an IP address (IPv6 in brackets) gives that
     * address, and an IPv4-mapped IPv6 address its IPv4 one, as V2Ray and Xray have it.
     *
     * @param in positioned at the port; what is read of it when this fails is not defined
     * @param network the network that was read before
     * @return the address
     * @throws AddressException if the address is cut or broken
     */
    public static Destination read(ByteBuf in, Network network) {
        require(in, PORT_AND_TYPE);
        int port = in.readUnsignedShort();
        int type = in.readUnsignedByte();
        return switch (type) {
            case IPV4 -> new Destination(network, Destination.text(bytes(in, 4)), port);
            case IPV6 -> new Destination(network, Destination.text(bytes(in, 16)), port);
            case DOMAIN -> new Destination(network, domain(in), port);
            default ->
                throw new AddressException(
                        AddressException.Reason.UNKNOWN_TYPE, "address type: " + type + " (expected: 1~3)");
        };
    }

    /** A length and a name, which may be the text of an IP address. */
    static String domain(ByteBuf in) {
        require(in, 1);
        int length = in.readUnsignedByte();
        require(in, length);
        String name = in.readCharSequence(length, StandardCharsets.ISO_8859_1).toString();
        // Bare IPv6 text is no domain name for the peers: the colon is not allowed outside of brackets.
        if (name.indexOf(':') >= 0 && !name.startsWith("[")) {
            throw new AddressException(AddressException.Reason.INVALID_DOMAIN, "domain: holds a colon");
        }
        try {
            return new Destination(Network.TCP, name, 0).host();
        } catch (IllegalArgumentException e) {
            throw new AddressException(AddressException.Reason.INVALID_DOMAIN, "domain: " + e.getMessage());
        }
    }

    static byte[] bytes(ByteBuf in, int length) {
        require(in, length);
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return bytes;
    }

    static void require(ByteBuf in, int length) {
        if (in.readableBytes() < length) {
            throw new AddressException(
                    AddressException.Reason.TRUNCATED,
                    "address: " + in.readableBytes() + " bytes left (expected: " + length + ")");
        }
    }
}
