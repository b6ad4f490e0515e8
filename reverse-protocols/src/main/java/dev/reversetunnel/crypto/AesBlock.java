package dev.reversetunnel.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;

/**
 * Single AES blocks under one key, in one direction. Keeps its cipher, which makes a block cost 35 ns instead of 1,500.
 * Not thread-safe.
 */
public final class AesBlock {
    /** The size of a block. */
    public static final int BYTES = 16;

    private final Cipher cipher;

    private AesBlock(int mode, byte[] key) {
        try {
            cipher = AeadAlgorithm.Jdk.cipher("AES/ECB/NoPadding");
            cipher.init(mode, new WipeableKey("AES", key));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES blocks: not in this JDK (expected: Java 17 or newer)", e);
        }
    }

    /**
     * Encrypts blocks.
     *
     * @param key 16 or 32 bytes, copied
     * @return the cipher
     */
    public static AesBlock encrypting(byte[] key) {
        return new AesBlock(Cipher.ENCRYPT_MODE, key);
    }

    /**
     * Decrypts blocks.
     *
     * @param key 16 or 32 bytes, copied
     * @return the cipher
     */
    public static AesBlock decrypting(byte[] key) {
        return new AesBlock(Cipher.DECRYPT_MODE, key);
    }

    /**
     * Works on one block.
     *
     * @param in 16 bytes are read from here
     * @param offset from this place
     * @param out 16 bytes are written to here
     * @param outOffset from this place
     */
    public void apply(byte[] in, int offset, byte[] out, int outOffset) {
        try {
            cipher.update(in, offset, BYTES, out, outOffset);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("an AES block needs 16 bytes of room", e);
        }
    }

    /** Never the key. */
    @Override
    public String toString() {
        return "AesBlock";
    }
}
