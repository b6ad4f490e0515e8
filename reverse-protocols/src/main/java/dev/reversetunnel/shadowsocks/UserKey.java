package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.Blake3;
import dev.reversetunnel.crypto.Digests;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

/** A key: that of a user, or that of a server which tells users apart by identity headers. */
final class UserKey {
    /** How many bytes of a key's hash stand for it in an identity header. */
    static final int HASH_BYTES = 16;

    private final byte[] key;

    private UserKey(byte[] key) {
        this.key = key;
    }

    /**
     * The key that a password stands for.
     *
     * @param name of the setting, for the message
     * @throws IllegalArgumentException if it is none; the message does not hold it
     */
    static UserKey of(ShadowsocksMethod method, String name, String password) {
        return new UserKey(method.is2022() ? decode(method, name, password) : stretch(method, name, password));
    }

    /** OpenSSL's EVP_BytesToKey with MD5, without salt, one round. */
    private static byte[] stretch(ShadowsocksMethod method, String name, String password) {
        if (password.isEmpty()) {
            throw new IllegalArgumentException(name + ": empty (expected: a password)");
        }
        byte[] text = password.getBytes(StandardCharsets.UTF_8);
        byte[] key = new byte[method.keyBytes()];
        MessageDigest md5 = Digests.md5();
        byte[] block = {};
        for (int done = 0; done < key.length; done += block.length) {
            md5.update(block);
            block = md5.digest(text);
            System.arraycopy(block, 0, key, done, Math.min(block.length, key.length - done));
        }
        Arrays.fill(text, (byte) 0);
        return key;
    }

    private static byte[] decode(ShadowsocksMethod method, String name, String password) {
        byte[] key;
        try {
            key = Base64.getDecoder().decode(password);
        } catch (IllegalArgumentException e) {
            throw wrong(method, name, "no base64"); // the decoder's own message holds a character of it
        }
        if (password.length() % 4 != 0) {
            throw wrong(method, name, "base64 without padding"); // Go's decoders refuse it
        }
        if (key.length != method.keyBytes()) {
            // sing-box and Xray shorten a longer one by SHA-256; others refuse it, and so do we
            throw wrong(method, name, key.length + " bytes");
        }
        return key;
    }

    private static IllegalArgumentException wrong(ShadowsocksMethod method, String name, String what) {
        return new IllegalArgumentException(name + ": " + what + " (expected: a key of exactly " + method.keyBytes()
                + " bytes in base64 for " + method + "; ShadowsocksMethod.newPassword() makes one)");
    }

    /** Not to be written to. */
    byte[] bytes() {
        return key;
    }

    /** What stands for this key in an identity header. */
    byte[] hash() {
        return Arrays.copyOf(Blake3.hash(key), HASH_BYTES);
    }

    boolean isSameAs(UserKey other) {
        return MessageDigest.isEqual(key, other.key);
    }

    /** Never the key. */
    @Override
    public String toString() {
        return "UserKey";
    }
}
