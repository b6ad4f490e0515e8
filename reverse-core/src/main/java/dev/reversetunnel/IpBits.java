package dev.reversetunnel;

import io.netty.util.NetUtil;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The bits of IP addresses as numbers. */
final class IpBits {
    private IpBits() {}

    /** The 4 or 16 bytes of an address as text, without a zone and without brackets; null if it is none. */
    static byte @Nullable [] parse(String text) {
        boolean strange = text.indexOf('%') >= 0 || text.indexOf('[') >= 0;
        return strange ? null : NetUtil.createByteArrayFromIpAddressString(text);
    }

    /** IPv4 in IPv6, as {@code ::ffff:192.0.2.1}. */
    static boolean isMapped(byte[] bytes) {
        return int64(bytes, 0) == 0 && int32(bytes, 8) == 0xffff;
    }

    static int int32(byte[] bytes, int at) {
        return ByteBuffer.wrap(bytes).getInt(at);
    }

    static long int64(byte[] bytes, int at) {
        return ByteBuffer.wrap(bytes).getLong(at);
    }
}
