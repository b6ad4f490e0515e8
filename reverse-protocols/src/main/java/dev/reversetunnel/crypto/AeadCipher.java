package dev.reversetunnel.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import org.jspecify.annotations.Nullable;

/**
 * One direction of one connection: seals or opens chunks under one key. Not thread-safe.
 *
 * <p>One call a chunk, on heap arrays: measured faster than direct buffers with the JDK's ciphers. When opening, input
 * and output must be different arrays, else the JDK's AES-GCM works through an allocated copy at half the speed.
 */
public final class AeadCipher {
    /** How much longer the sealed text is than the plain one. */
    public static final int TAG_BYTES = 16;

    /** The size of a nonce. */
    public static final int NONCE_BYTES = 12;

    private final AeadAlgorithm algorithm;
    private final Cipher cipher;
    private final WipeableKey key;

    AeadCipher(AeadAlgorithm algorithm, Cipher cipher, WipeableKey key) {
        this.algorithm = algorithm;
        this.cipher = cipher;
        this.key = key;
    }

    /**
     * Seals.
     *
     * @param nonce 12 bytes, never used before under this key
     * @param aad what is authenticated beside the text; null for nothing
     * @param in the plain text is here
     * @param offset from here
     * @param length so many bytes
     * @param out receives {@code length + TAG_BYTES} bytes
     * @param outOffset from here
     * @return the number of bytes written
     */
    public int seal(byte[] nonce, byte @Nullable [] aad, byte[] in, int offset, int length, byte[] out, int outOffset) {
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, algorithm.parameters(nonce));
            if (aad != null) {
                cipher.updateAAD(aad);
            }
            return cipher.doFinal(in, offset, length, out, outOffset);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(algorithm + " could not seal " + length + " bytes", e);
        }
    }

    /**
     * Opens.
     *
     * @param nonce the 12 bytes that it was sealed with
     * @param aad what was authenticated beside the text; null for nothing
     * @param in the sealed text is here
     * @param offset from here
     * @param length so many bytes, tag included
     * @param out receives {@code length - TAG_BYTES} bytes; not the array {@code in}
     * @param outOffset from here
     * @return the number of bytes written
     * @throws BadTagException if this is not what was sealed
     */
    public int open(byte[] nonce, byte @Nullable [] aad, byte[] in, int offset, int length, byte[] out, int outOffset)
            throws BadTagException {
        if (length < TAG_BYTES) {
            throw new BadTagException();
        }
        try {
            cipher.init(Cipher.DECRYPT_MODE, key, algorithm.parameters(nonce));
            if (aad != null) {
                cipher.updateAAD(aad);
            }
            return cipher.doFinal(in, offset, length, out, outOffset);
        } catch (AEADBadTagException e) {
            throw new BadTagException();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(algorithm + " could not open " + length + " bytes", e);
        }
    }

    /** Seals the same text again and again, under one nonce and without an end, for {@link CipherWarmUp}. */
    void sealAway(byte[] nonce, byte[] in, int length, int times, byte[] out) {
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, algorithm.parameters(nonce));
            for (int i = 0; i < times; i++) {
                cipher.update(in, 0, length, out, 0);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(algorithm + " could not seal " + length + " bytes", e);
        }
    }

    /** Wipes the key; the cipher is of no use afterwards. */
    public void wipe() {
        key.destroy();
    }

    /** The algorithm; never the key. */
    @Override
    public String toString() {
        return "AeadCipher[" + algorithm + "]";
    }
}
