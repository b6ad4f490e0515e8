package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.BadTagException;
import dev.reversetunnel.crypto.LittleEndianNonce;
import java.security.Provider;
import org.jspecify.annotations.Nullable;

/** One direction of a stream: its cipher, and how far its nonces are. Array to array; input and output must differ. */
final class StreamCipher {
    static final int TAG_BYTES = AeadCipher.TAG_BYTES;

    /** The size of a sealed length. */
    static final int LENGTH_BYTES = Short.BYTES + TAG_BYTES;

    private final AeadCipher cipher;
    private final LittleEndianNonce nonce = new LittleEndianNonce();
    private final byte[] length = new byte[Short.BYTES];

    StreamCipher(ShadowsocksMethod method, UserKey key, byte[] salt, @Nullable Provider provider) {
        cipher = method.cipher(key.bytes(), salt, provider);
    }

    /** Seals; writes {@code size + TAG_BYTES} bytes and returns their number. */
    int seal(byte[] plain, int offset, int size, byte[] out, int outOffset) {
        return cipher.seal(nonce.next(), null, plain, offset, size, out, outOffset);
    }

    int sealLength(int value, byte[] out, int outOffset) {
        length[0] = (byte) (value >>> 8);
        length[1] = (byte) value;
        return seal(length, 0, length.length, out, outOffset);
    }

    /** Opens {@code size} bytes, tag included. */
    void open(byte[] in, int offset, int size, byte[] out, int outOffset) throws BadTagException {
        cipher.open(nonce.next(), null, in, offset, size, out, outOffset);
    }

    int openLength(byte[] in, int offset) throws BadTagException {
        open(in, offset, LENGTH_BYTES, length, 0);
        return (length[0] & 0xff) << 8 | (length[1] & 0xff);
    }

    void wipe() {
        cipher.wipe();
    }

    /** Never the key. */
    @Override
    public String toString() {
        return "StreamCipher";
    }
}
