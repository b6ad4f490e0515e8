package dev.reversetunnel.crypto;

import io.netty.util.concurrent.FastThreadLocal;

/**
 * Two arrays of an event loop, for one chunk on its way through a cipher. Valid until the caller returns: whoever is
 * called next on this thread uses the same ones.
 */
public final class CryptoScratch {
    /** A length field of 18, all that 16 bits can announce, and a tag. */
    private static final int BYTES = 18 + 65_535 + AeadCipher.TAG_BYTES;

    private static final FastThreadLocal<CryptoScratch> CURRENT = new FastThreadLocal<>() {
        @Override
        protected CryptoScratch initialValue() {
            return new CryptoScratch();
        }
    };

    private final byte[] source = new byte[BYTES];
    private final byte[] target = new byte[BYTES];

    private CryptoScratch() {}

    /**
     * The arrays of this thread.
     *
     * @return never seen by another thread
     */
    public static CryptoScratch current() {
        return CURRENT.get();
    }

    /**
     * What goes into the cipher.
     *
     * @return at least 65,535 bytes
     */
    public byte[] source() {
        return source;
    }

    /**
     * What comes out of it: never the same array as {@link #source()}.
     *
     * @return at least 65,569 bytes
     */
    public byte[] target() {
        return target;
    }
}
