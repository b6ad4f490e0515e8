package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.AeadAlgorithm;
import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.AesBlock;
import dev.reversetunnel.crypto.BadTagException;
import dev.reversetunnel.crypto.HChaCha20;
import java.nio.ByteBuffer;
import java.security.Provider;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Opens packets of all sessions of one direction. Remembers nothing of them. For one event loop. */
final class PacketOpener2022 {
    private static final int HEADER_BYTES = PacketSealer2022.HEADER_BYTES;

    private final Users2022 users;
    private final Ciphers known;
    private final @Nullable Provider provider;

    private final @Nullable AesBlock header;
    private final @Nullable AesBlock identity;

    /**
     * An opener.
     *
     * @param users those of a server; or the one user of a client, who gets answers
     * @param known ciphers of sessions that were seen before
     */
    PacketOpener2022(Users2022 users, Ciphers known, @Nullable Provider provider) {
        this.users = users;
        this.known = known;
        this.provider = provider;
        boolean aes = users.method().isAes();
        UserKey serverKey = users.serverKey();
        header = aes ? AesBlock.decrypting(users.outerKey().bytes()) : null;
        identity = serverKey == null ? null : AesBlock.decrypting(serverKey.bytes());
    }

    /**
     * Opens a packet, as far as to its body.
     *
     * @param packet of {@code size} bytes
     * @param plain another array; receives session, number and body
     * @return what it is; null if nobody who is known sealed it
     */
    @Nullable
    Opened open(byte[] packet, int size, byte[] plain) {
        try {
            return header == null ? openChaCha(packet, size, plain) : openAes(header, packet, size, plain);
        } catch (BadTagException e) {
            return null;
        }
    }

    private @Nullable Opened openAes(AesBlock block, byte[] packet, int size, byte[] plain) throws BadTagException {
        int body = HEADER_BYTES + (identity == null ? 0 : AesBlock.BYTES);
        if (size < body + AeadCipher.TAG_BYTES) {
            return null;
        }
        block.apply(packet, 0, plain, 0);
        ShadowsocksUser user = identity == null ? users.only() : named(identity, packet, plain);
        if (user == null) {
            return null;
        }
        long session = ByteBuffer.wrap(plain).getLong();
        AeadCipher cipher = known.of(session, user);
        if (cipher == null) {
            cipher = users.method().cipher(user.key().bytes(), Arrays.copyOf(plain, Long.BYTES), provider);
        }
        byte[] nonce = Arrays.copyOfRange(plain, HEADER_BYTES - AeadCipher.NONCE_BYTES, HEADER_BYTES);
        int length = cipher.open(nonce, null, packet, body, size - body, plain, HEADER_BYTES);
        return opened(user, cipher, plain, length);
    }

    private @Nullable ShadowsocksUser named(AesBlock block, byte[] packet, byte[] plain) {
        byte[] hash = new byte[AesBlock.BYTES];
        block.apply(packet, HEADER_BYTES, hash, 0);
        for (int i = 0; i < hash.length; i++) {
            hash[i] ^= plain[i];
        }
        return users.find(hash);
    }

    private @Nullable Opened openChaCha(byte[] packet, int size, byte[] plain) throws BadTagException {
        int sealed = size - HChaCha20.NONCE_BYTES;
        if (sealed < HEADER_BYTES + AeadCipher.TAG_BYTES) {
            return null;
        }
        ShadowsocksUser user = users.only();
        byte[] subkey = HChaCha20.deriveKey(user.key().bytes(), packet, 0);
        // One of its own: Java 17 refuses to use it twice under one key and nonce, as for a packet that came twice.
        AeadCipher once = AeadAlgorithm.CHACHA20_POLY1305.cipher(subkey, provider);
        Arrays.fill(subkey, (byte) 0);
        try {
            int length =
                    once.open(HChaCha20.innerNonce(packet, 0), null, packet, HChaCha20.NONCE_BYTES, sealed, plain, 0);
            return opened(user, null, plain, length - HEADER_BYTES);
        } finally {
            once.wipe();
        }
    }

    private static Opened opened(ShadowsocksUser user, @Nullable AeadCipher cipher, byte[] plain, int length) {
        ByteBuffer fields = ByteBuffer.wrap(plain);
        return new Opened(user, fields.getLong(), fields.getLong(), cipher, length);
    }

    /** Ciphers of sessions. */
    @FunctionalInterface
    interface Ciphers {
        /** That of a session of a user; null if it is a new one. */
        @Nullable
        AeadCipher of(long session, ShadowsocksUser user);
    }

    /**
     * A packet that was sealed by somebody who is known. Its body was not looked at yet, nor its number.
     *
     * @param cipher of its session, to be kept; null for ChaCha20, where there is none
     * @param bodyBytes the body begins behind session and number
     */
    record Opened(
            ShadowsocksUser user,
            long session,
            long number,
            @Nullable AeadCipher cipher,
            int bodyBytes) {}
}
