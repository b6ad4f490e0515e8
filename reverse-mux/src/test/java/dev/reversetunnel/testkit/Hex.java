package dev.reversetunnel.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/** Bytes as tests write them: {@code "0011 0001 | 6869"}, with spaces and bars between the fields. */
public final class Hex {
    private Hex() {}

    /** The bytes in a heap buffer that needs no release. */
    public static ByteBuf buffer(String hex) {
        return Unpooled.wrappedBuffer(bytes(hex));
    }

    /** The bytes. */
    public static byte[] bytes(String hex) {
        return ByteBufUtil.decodeHexDump(hex.replaceAll("[\\s|]", ""));
    }

    /** The readable bytes as lower-case hex without separators; the buffer is left as it is. */
    public static String of(ByteBuf bytes) {
        return ByteBufUtil.hexDump(bytes);
    }
}
