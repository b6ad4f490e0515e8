package dev.reversetunnel.socks;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.socksx.v5.Socks5AddressDecoder;
import io.netty.handler.codec.socksx.v5.Socks5AddressEncoder;
import io.netty.handler.codec.socksx.v5.Socks5AddressType;
import java.net.Inet4Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams of an association, RFC 1928 section 7.
 *
 * <pre>
 * +--------------+----------+----------+-----------+----------+---------+
 * | reserved (2) | fragment | type (1) | address   | port (2) | payload |
 * +--------------+----------+----------+-----------+----------+---------+
 * </pre>
 */
final class SocksDatagrams {
    private static final int LONGEST_HEADER = 2 + 1 + 1 + 1 + 255 + 2;

    private SocksDatagrams() {}

    /**
     * Reads one.
     *
     * @param in released, or part of what is returned
     * @return null if it is a fragment, which nobody sends, or none at all: it is dropped as the network might have
     */
    static @Nullable Datagram decode(ByteBuf in) {
        Destination peer = null;
        try {
            in.skipBytes(2);
            if (in.readByte() == 0) {
                Socks5AddressType type = Socks5AddressType.valueOf(in.readByte());
                String host = Socks5AddressDecoder.DEFAULT.decodeAddress(type, in);
                peer = Destination.udp(host, in.readUnsignedShort());
            }
        } catch (Exception e) { // too short, or no address: Netty's decoder declares them all
            peer = null;
        }
        if (peer == null) {
            in.release();
            return null;
        }
        return new Datagram(peer, in);
    }

    /**
     * Writes one.
     *
     * @param alloc makes the buffer
     * @param datagram released
     * @return its bytes
     */
    static ByteBuf encode(ByteBufAllocator alloc, Datagram datagram) {
        Destination peer = datagram.peer();
        ByteBuf payload = datagram.content();
        ByteBuf out = alloc.ioBuffer(LONGEST_HEADER + payload.readableBytes());
        try {
            out.writeZero(3);
            Socks5AddressType type = type(peer);
            out.writeByte(type.byteValue());
            Socks5AddressEncoder.DEFAULT.encodeAddress(type, peer.host(), out);
            out.writeShort(peer.port()).writeBytes(payload);
            return out;
        } catch (Exception e) {
            out.release();
            throw new IllegalStateException("a destination is an address of SOCKS5: " + peer, e);
        } finally {
            datagram.release();
        }
    }

    static Socks5AddressType type(Destination destination) {
        InetAddress ip = destination.address();
        return ip == null
                ? Socks5AddressType.DOMAIN
                : ip instanceof Inet4Address ? Socks5AddressType.IPv4 : Socks5AddressType.IPv6;
    }
}
