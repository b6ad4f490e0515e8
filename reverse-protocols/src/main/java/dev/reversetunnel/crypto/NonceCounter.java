package dev.reversetunnel.crypto;

import java.util.Arrays;

/**
 * The nonces of one direction of one connection, in their order. Not thread-safe.
 *
 * <pre>
 *  0          2                 12
 * +----------+------------------+
 * | counter  | IV, bytes 2~11   |
 * +----------+------------------+
 * </pre>
 *
 * <p>The counter has 16 bits, big-endian, and starts again at 0 without a word after 65,535: the protocol has it so,
 * and the nonces repeat from there on. {@link #used()} tells how far it is.
 */
public final class NonceCounter {
    /** How many nonces there are before they repeat. */
    public static final int PERIOD = 1 << 16;

    private final byte[] nonce;
    private long used;

    /**
     * Starts at 0.
     *
     * @param iv at least 12 bytes; its first two are not used
     */
    public NonceCounter(byte[] iv) {
        nonce = Arrays.copyOf(iv, AeadCipher.NONCE_BYTES);
    }

    /**
     * The next nonce.
     *
     * @return 12 bytes, good until the next call: the array is always the same
     */
    public byte[] next() {
        nonce[0] = (byte) (used >>> 8);
        nonce[1] = (byte) used;
        used++;
        return nonce;
    }

    /**
     * How many were used.
     *
     * @return counts on beyond {@link #PERIOD}
     */
    public long used() {
        return used;
    }
}
