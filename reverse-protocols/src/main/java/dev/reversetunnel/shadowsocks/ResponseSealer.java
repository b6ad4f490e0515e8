package dev.reversetunnel.shadowsocks;

import io.netty.buffer.Unpooled;
import java.security.Provider;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Seals what a server sends. 2017: salt, payload. 2022: salt, a header in place of the first length, payload.
 *
 * <pre>
 * type 1 | time, 8 | salt of the request, 16 or 32 | length of the first payload, 2
 * </pre>
 */
final class ResponseSealer extends StreamSealer {
    static final byte TYPE = 1;

    private final ShadowsocksMethod method;
    private final byte[] salt;
    private final byte[] requestSalt;
    private final LongSupplier seconds;

    ResponseSealer(
            ShadowsocksMethod method,
            UserKey key,
            byte[] salt,
            byte[] requestSalt,
            LongSupplier seconds,
            @Nullable Provider provider) {
        super(method, new StreamCipher(method, key, salt, provider));
        this.method = method;
        this.salt = salt;
        this.requestSalt = requestSalt;
        this.seconds = seconds;
    }

    /** The size of a header of a response; in 2017 there is none. */
    static int headerBytes(ShadowsocksMethod method) {
        return 1 + Long.BYTES + method.saltBytes() + Short.BYTES;
    }

    @Override
    int begin(byte[] plain, int offset, int size, byte[] out, int outOffset) {
        if (size == 0 && method.is2022()) {
            return 0; // a header that announces nothing is read in two ways
        }
        System.arraycopy(salt, 0, out, outOffset, salt.length);
        int at = outOffset + salt.length;
        if (!method.is2022()) {
            // Without a payload the salt alone: an answer that is empty, and not missing.
            return salt.length + chunk(plain, offset, size, out, at);
        }
        byte[] header = new byte[headerBytes(method)];
        Unpooled.wrappedBuffer(header)
                .clear()
                .writeByte(TYPE)
                .writeLong(seconds.getAsLong())
                .writeBytes(requestSalt)
                .writeShort(size);
        at += cipher().seal(header, 0, header.length, out, at);
        at += cipher().seal(plain, offset, size, out, at);
        return at - outOffset;
    }
}
