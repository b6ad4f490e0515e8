package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** ClientHellos as the JDK says them, and the same in more records than one. */
final class Hellos {
    private static final int RECORD_HEADER = 5;

    private Hellos() {}

    static byte[] naming(String host) {
        return hello(List.of(new SNIHostName(host)));
    }

    static byte[] nameless() {
        return hello(List.of());
    }

    private static byte[] hello(List<SNIServerName> names) {
        try {
            SSLEngine engine = SSLContext.getDefault().createSSLEngine();
            engine.setUseClientMode(true);
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(names);
            engine.setSSLParameters(parameters);
            ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), out);
            return Arrays.copyOf(out.array(), out.position());
        } catch (GeneralSecurityException | SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same hello, with an inner one that is encrypted (RFC 9849): nobody on the way can read it. */
    static byte[] encrypted(byte[] hello) {
        ByteBuf plain = Unpooled.wrappedBuffer(hello);
        int at = RECORD_HEADER + 4 + 2 + 32; // handshake header, version, random
        at += 1 + plain.getUnsignedByte(at); // session id
        at += 2 + plain.getUnsignedShort(at); // cipher suites
        at += 1 + plain.getUnsignedByte(at); // compression methods
        byte[] inner = new byte[200];
        Arrays.fill(inner, (byte) 0xec);
        int more = 4 + inner.length;
        ByteBuf longer = Unpooled.buffer()
                .writeBytes(hello)
                .writeShort(0xfe0d)
                .writeShort(inner.length)
                .writeBytes(inner)
                .setShort(3, plain.getUnsignedShort(3) + more)
                .setMedium(6, plain.getUnsignedMedium(6) + more)
                .setShort(at, plain.getUnsignedShort(at) + more);
        return ByteBufUtil.getBytes(longer);
    }

    /** The same hello, of which each record has {@code size} bytes at most. */
    static byte[] inRecords(byte[] hello, int size) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = RECORD_HEADER; at < hello.length; at += size) {
            int length = Math.min(size, hello.length - at);
            out.write(hello, 0, 3);
            out.write(length >> 8);
            out.write(length);
            out.write(hello, at, length);
        }
        return out.toByteArray();
    }
}
