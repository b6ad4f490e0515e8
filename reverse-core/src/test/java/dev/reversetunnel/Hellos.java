package dev.reversetunnel;

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
