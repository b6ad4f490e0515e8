package dev.reversetunnel.vmess;

import dev.reversetunnel.crypto.Digests;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * An HMAC whose hash function is an HMAC, down to SHA-256: what VMess derives its keys with.
 *
 * <pre>
 * H0(m) = SHA256( pad(K0,5c) || SHA256( pad(K0,36) || m ) )        K0 = "VMess AEAD KDF"
 * Hi(m) = H(i-1)( pad(pi,5c) || H(i-1)( pad(pi,36) || m ) )
 * </pre>
 *
 * <p>Immutable, but not thread-safe: {@link MessageDigest#clone()} of a foreign provider may not be.
 */
final class NestedHmac {
    private static final int BLOCK_BYTES = 64;

    private final Hash start;

    private NestedHmac(Hash start) {
        this.start = start;
    }

    static NestedHmac root() {
        Hash sha256 = new Sha256(Digests.sha256());
        return new NestedHmac(Hmac.over(sha256, "VMess AEAD KDF".getBytes(StandardCharsets.US_ASCII)));
    }

    /** One level more, whose HMAC key is {@code part}. */
    NestedHmac with(byte[] part) {
        return new NestedHmac(Hmac.over(start, part));
    }

    /** The 32 bytes for a message; in VMess the message is the secret. */
    byte[] of(byte[] message) {
        Hash hash = start.fork();
        hash.update(message);
        return hash.digest();
    }

    /** A hash that is under way. */
    private interface Hash {
        Hash fork();

        void update(byte[] bytes);

        byte[] digest();
    }

    private record Sha256(MessageDigest state) implements Hash {
        @Override
        public Hash fork() {
            try {
                return new Sha256((MessageDigest) state.clone());
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException("SHA-256 of " + state.getProvider() + " cannot be cloned", e);
            }
        }

        @Override
        public void update(byte[] bytes) {
            state.update(bytes);
        }

        @Override
        public byte[] digest() {
            return state.digest();
        }
    }

    /** The two hashes have taken in their padded key already, which is the work that a kept level saves. */
    private record Hmac(Hash inner, Hash outer) implements Hash {
        static Hmac over(Hash below, byte[] key) {
            return new Hmac(keyed(below, key, 0x36), keyed(below, key, 0x5c));
        }

        private static Hash keyed(Hash below, byte[] key, int pad) {
            byte[] block = Arrays.copyOf(key, BLOCK_BYTES);
            for (int i = 0; i < block.length; i++) {
                block[i] ^= (byte) pad;
            }
            Hash hash = below.fork();
            hash.update(block);
            return hash;
        }

        @Override
        public Hash fork() {
            return new Hmac(inner.fork(), outer.fork());
        }

        @Override
        public void update(byte[] bytes) {
            inner.update(bytes);
        }

        @Override
        public byte[] digest() {
            outer.update(inner.digest());
            return outer.digest();
        }
    }
}
