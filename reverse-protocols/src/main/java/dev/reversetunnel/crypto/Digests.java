package dev.reversetunnel.crypto;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The JDK's digests, all of which every Java platform has, without their checked exception. */
public final class Digests {
    private Digests() {}

    /**
     * A fresh SHA-256.
     *
     * @return the digest
     */
    public static MessageDigest sha256() {
        return digest("SHA-256");
    }

    /**
     * A fresh SHA-1; for names, never for security.
     *
     * @return the digest
     */
    public static MessageDigest sha1() {
        return digest("SHA-1");
    }

    /**
     * A fresh MD5; only where a protocol has it.
     *
     * @return the digest
     */
    public static MessageDigest md5() {
        return digest("MD5");
    }

    private static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(name + ": not in this JDK", e);
        }
    }
}
