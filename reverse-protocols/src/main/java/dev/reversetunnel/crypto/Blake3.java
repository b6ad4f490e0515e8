package dev.reversetunnel.crypto;

import java.nio.charset.StandardCharsets;
import org.bouncycastle.crypto.digests.Blake3Digest;
import org.bouncycastle.crypto.params.Blake3Parameters;

/** The hash BLAKE3, as far as the protocols use it: plain, and as a key derivation. */
public final class Blake3 {
    /** The size of a hash. */
    public static final int HASH_BYTES = 32;

    private Blake3() {}

    /**
     * Hashes.
     *
     * @param input of any size
     * @return 32 bytes
     */
    public static byte[] hash(byte[] input) {
        Blake3Digest digest = new Blake3Digest(HASH_BYTES * Byte.SIZE);
        digest.update(input, 0, input.length);
        byte[] hash = new byte[HASH_BYTES];
        digest.doFinal(hash, 0);
        return hash;
    }

    /**
     * Derives a key: the mode {@code derive_key}.
     *
     * @param context what the key is for, in ASCII; the same text for all keys of that kind
     * @param key secret material
     * @param salt more material, behind it
     * @param length of the derived key, in bytes
     * @return the derived key, a prefix of the endless output
     */
    public static byte[] deriveKey(String context, byte[] key, byte[] salt, int length) {
        Blake3Digest digest = new Blake3Digest(HASH_BYTES * Byte.SIZE);
        digest.init(Blake3Parameters.context(context.getBytes(StandardCharsets.US_ASCII)));
        digest.update(key, 0, key.length);
        digest.update(salt, 0, salt.length);
        byte[] derived = new byte[length];
        digest.doFinal(derived, 0, length);
        digest.reset();
        return derived;
    }
}
