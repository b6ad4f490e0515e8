package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.body.Sealer;

/** Makes the chunks of one direction. What stands before the first one is made together with it. */
abstract class StreamSealer implements Sealer {
    /** Of our choice, for 2022: larger ones save little, and nobody can open them before their last byte came. */
    static final int MAX_PAYLOAD_2022 = 32 * 1024;

    private static final byte[] NOTHING = {};

    private final ShadowsocksMethod method;
    private final StreamCipher cipher;
    private boolean begun;
    private long chunks;

    StreamSealer(ShadowsocksMethod method, StreamCipher cipher) {
        this.method = method;
        this.cipher = cipher;
    }

    /**
     * Writes what stands before the first chunk, and the first payload.
     *
     * @param size of the payload; 0 for none
     * @return the number of bytes written
     */
    abstract int begin(byte[] plain, int offset, int size, byte[] out, int outOffset);

    @Override
    public final int seal(byte[] plain, int offset, int size, byte[] out, int outOffset) {
        if (!begun) {
            begun = true;
            return begin(plain, offset, size, out, outOffset);
        }
        return chunk(plain, offset, size, out, outOffset);
    }

    /** Seals one chunk; none for a size of 0. */
    final int chunk(byte[] plain, int offset, int size, byte[] out, int outOffset) {
        if (size == 0) {
            return 0;
        }
        int at = outOffset + cipher.sealLength(size, out, outOffset);
        at += cipher.seal(plain, offset, size, out, at);
        chunks++;
        return at - outOffset;
    }

    /** What should have stood before the first chunk, if there was none. */
    @Override
    public final int sealEnd(byte[] out, int outOffset) {
        return begun ? 0 : seal(NOTHING, 0, 0, out, outOffset);
    }

    @Override
    public final boolean hasEndMark() {
        return false;
    }

    @Override
    public final int maxPayload() {
        return Math.min(method.maxPayload(), MAX_PAYLOAD_2022);
    }

    @Override
    public final int maxOverhead() {
        return StreamCipher.LENGTH_BYTES + StreamCipher.TAG_BYTES;
    }

    @Override
    public final long chunks() {
        return chunks;
    }

    final StreamCipher cipher() {
        return cipher;
    }

    @Override
    public final void wipe() {
        cipher.wipe();
    }
}
