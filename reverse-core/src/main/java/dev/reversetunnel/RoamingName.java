package dev.reversetunnel;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * Under which name a portal's sessions of one association go, so that a session in a new tunnel gets the old one's
 * socket (XUDP GlobalID). Random for each association: two of them are never taken for one, and the name tells nothing
 * about the visitor.
 */
final class RoamingName {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] key = new byte[16];

    RoamingName() {
        RANDOM.nextBytes(key);
    }

    /** One name for each session that may be open at the same time; never 0, which names nobody. */
    long of(Route route, boolean shared) {
        MessageDigest digest = sha256();
        digest.update(key);
        digest.update(route.tag().getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        if (!shared) {
            digest.update(route.request().destination().toString().getBytes(StandardCharsets.UTF_8));
        }
        return ByteBuffer.wrap(digest.digest()).getLong() | 1;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
