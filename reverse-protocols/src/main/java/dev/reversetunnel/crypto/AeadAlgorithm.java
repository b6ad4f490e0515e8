package dev.reversetunnel.crypto;

import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import org.jspecify.annotations.Nullable;

/** The authenticated ciphers of the protocols: 12-byte nonces, 16-byte tags. */
public enum AeadAlgorithm {
    /** AES-128 in Galois/Counter Mode. */
    AES_128_GCM(16, "AES", "AES/GCM/NoPadding", "AES/GCM/NoPadding"),

    /** AES-256 in Galois/Counter Mode. */
    AES_256_GCM(32, "AES", "AES/GCM/NoPadding", "AES/GCM/NoPadding"),

    /** ChaCha20-Poly1305 of RFC 8439. Conscrypt has a name of its own for it. */
    CHACHA20_POLY1305(32, "ChaCha20", "ChaCha20-Poly1305", "ChaCha20/Poly1305/NoPadding");

    private final int keyBytes;
    private final String keyName;
    private final String transformation;
    private final String alias;

    AeadAlgorithm(int keyBytes, String keyName, String transformation, String alias) {
        this.keyBytes = keyBytes;
        this.keyName = keyName;
        this.transformation = transformation;
        this.alias = alias;
    }

    /**
     * The size of a key.
     *
     * @return in bytes
     */
    public int keyBytes() {
        return keyBytes;
    }

    /**
     * A cipher for one direction of one connection, from the JDK.
     *
     * @param key copied; the caller may wipe it
     * @return not thread-safe
     */
    public AeadCipher cipher(byte[] key) {
        return cipher(key, null);
    }

    /**
     * A cipher for one direction of one connection.
     *
     * @param key copied; the caller may wipe it
     * @param provider asked first; null for the JDK, which also serves what the provider does not have
     * @return not thread-safe
     * @throws IllegalArgumentException if the key has the wrong size
     */
    public AeadCipher cipher(byte[] key, @Nullable Provider provider) {
        if (key.length != keyBytes) {
            throw new IllegalArgumentException("key: " + key.length + " bytes (expected: " + keyBytes + ")");
        }
        return new AeadCipher(this, find(provider), new WipeableKey(keyName, key));
    }

    AlgorithmParameterSpec parameters(byte[] nonce) {
        return this == CHACHA20_POLY1305
                ? new IvParameterSpec(nonce)
                : new GCMParameterSpec(AeadCipher.TAG_BYTES * Byte.SIZE, nonce);
    }

    private Cipher find(@Nullable Provider provider) {
        try {
            Cipher found = provider == null ? null : findAt(provider);
            return found == null ? Jdk.cipher(transformation) : found;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(this + ": not in this JDK (expected: Java 17 or newer)", e);
        }
    }

    private @Nullable Cipher findAt(Provider provider) throws GeneralSecurityException {
        try {
            return Cipher.getInstance(transformation, provider);
        } catch (NoSuchAlgorithmException e) {
            try {
                return Cipher.getInstance(alias, provider);
            } catch (NoSuchAlgorithmException none) {
                return null; // Corretto's provider has no ChaCha20-Poly1305, for one
            }
        }
    }

    /**
     * The JDK's own provider by name: an application that put Bouncy Castle first in the list would otherwise take the
     * AES instructions away from us, which costs a factor of 25.
     */
    static final class Jdk {
        private static final @Nullable Provider SUN_JCE = Security.getProvider("SunJCE");

        private Jdk() {}

        static Cipher cipher(String transformation) throws GeneralSecurityException {
            if (SUN_JCE != null) {
                try {
                    return Cipher.getInstance(transformation, SUN_JCE);
                } catch (NoSuchAlgorithmException e) {
                    return Cipher.getInstance(transformation);
                }
            }
            return Cipher.getInstance(transformation);
        }
    }
}
