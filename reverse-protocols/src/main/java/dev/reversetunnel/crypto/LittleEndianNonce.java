package dev.reversetunnel.crypto;

/**
 * The nonces of one direction of a Shadowsocks stream: a number of 12 bytes, least significant first, that counts from
 * 0. Not thread-safe.
 */
public final class LittleEndianNonce {
    private final byte[] nonce = new byte[AeadCipher.NONCE_BYTES];
    private boolean started;

    /** Starts at 0. */
    public LittleEndianNonce() {}

    /**
     * The next nonce.
     *
     * @return 12 bytes, good until the next call: the array is always the same
     */
    public byte[] next() {
        if (!started) {
            started = true;
            return nonce;
        }
        for (int i = 0; i < nonce.length; i++) {
            if (++nonce[i] != 0) {
                break;
            }
        }
        return nonce;
    }
}
