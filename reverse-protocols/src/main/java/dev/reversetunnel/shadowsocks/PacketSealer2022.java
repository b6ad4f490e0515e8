package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.AeadAlgorithm;
import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.AesBlock;
import dev.reversetunnel.crypto.CryptoScratch;
import dev.reversetunnel.crypto.HChaCha20;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.security.Provider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Seals the packets of one session in one direction, and numbers them.
 *
 * <pre>
 * AES      encrypted: session, 8 | number, 8   then identity headers, 16 each   then sealed: body
 * ChaCha20 nonce, 24                           then sealed: session | number | body
 * </pre>
 */
final class PacketSealer2022 {
    /** Session and number. */
    static final int HEADER_BYTES = 2 * Long.BYTES;

    private final ShadowsocksMethod method;
    private final UserKey key;
    private final byte[] session;
    private final Randomness randomness;
    private final @Nullable Provider provider;

    private final List<Identity> identities = new ArrayList<>();
    private final @Nullable AesBlock header;
    private final @Nullable AeadCipher cipher;
    private long number;

    /**
     * For a new session.
     *
     * @param key a server's has no identities: its packets are sealed for the user alone
     * @param session 8 random bytes
     */
    PacketSealer2022(
            ShadowsocksMethod method,
            ClientKey key,
            byte[] session,
            Randomness randomness,
            @Nullable Provider provider) {
        this.method = method;
        this.key = key.own();
        this.session = session;
        this.randomness = randomness;
        this.provider = provider;
        if (method.isAes()) {
            header = AesBlock.encrypting(key.first().bytes());
            cipher = method.cipher(key.own().bytes(), session, provider);
            for (int i = 0; i < key.identities().size(); i++) {
                identities.add(new Identity(
                        AesBlock.encrypting(key.identities().get(i).bytes()),
                        key.next(i).hash()));
            }
        } else {
            header = null;
            cipher = null;
        }
    }

    /** The session as a number, to be compared. */
    long session() {
        return ByteBuffer.wrap(session).getLong();
    }

    /**
     * Seals the next packet.
     *
     * @param answered the client's session, if this is a server
     * @param address the far end
     * @param payload is not read off, and stays the caller's
     * @return the packet; null if it would be too large
     */
    @Nullable
    ByteBuf seal(
            long seconds,
            @Nullable Long answered,
            int padding,
            Destination address,
            ByteBuf payload,
            ByteBufAllocator allocator) {
        int size = HEADER_BYTES + PacketBody2022.length(answered, padding, address, payload);
        int all = size
                + AeadCipher.TAG_BYTES
                + (method.isAes() ? AesBlock.BYTES * identities.size() : HChaCha20.NONCE_BYTES);
        if (all > Packets2017.MAX_BYTES) {
            return null;
        }
        byte[] plain = CryptoScratch.current().source();
        ByteBuf writer =
                Unpooled.wrappedBuffer(plain).clear().writeBytes(session).writeLong(number++);
        PacketBody2022.write(writer, seconds, answered, padding, address, payload);
        byte[] out = CryptoScratch.current().target();
        int length = header == null || cipher == null
                ? sealChaCha(plain, size, out)
                : sealAes(header, cipher, plain, size, out);
        return allocator.buffer(length).writeBytes(out, 0, length);
    }

    private int sealAes(AesBlock block, AeadCipher body, byte[] plain, int size, byte[] out) {
        block.apply(plain, 0, out, 0);
        int at = HEADER_BYTES;
        for (Identity identity : identities) {
            byte[] masked = new byte[AesBlock.BYTES];
            for (int i = 0; i < masked.length; i++) {
                masked[i] = (byte) (identity.hash[i] ^ plain[i]);
            }
            identity.block.apply(masked, 0, out, at);
            at += AesBlock.BYTES;
        }
        byte[] nonce = Arrays.copyOfRange(plain, HEADER_BYTES - AeadCipher.NONCE_BYTES, HEADER_BYTES);
        return at + body.seal(nonce, null, plain, HEADER_BYTES, size - HEADER_BYTES, out, at);
    }

    private int sealChaCha(byte[] plain, int size, byte[] out) {
        randomness.fill(out, 0, HChaCha20.NONCE_BYTES);
        byte[] subkey = HChaCha20.deriveKey(key.bytes(), out, 0);
        AeadCipher once = AeadAlgorithm.CHACHA20_POLY1305.cipher(subkey, provider);
        Arrays.fill(subkey, (byte) 0);
        try {
            return HChaCha20.NONCE_BYTES
                    + once.seal(HChaCha20.innerNonce(out, 0), null, plain, 0, size, out, HChaCha20.NONCE_BYTES);
        } finally {
            once.wipe();
        }
    }

    void wipe() {
        if (cipher != null) {
            cipher.wipe();
        }
    }

    /** Never the keys. */
    @Override
    public String toString() {
        return "PacketSealer2022";
    }

    /** One identity header: sealed under a server's key, it names the next one. */
    private static final class Identity {
        private final AesBlock block;
        private final byte[] hash;

        private Identity(AesBlock block, byte[] hash) {
            this.block = block;
            this.hash = hash;
        }
    }
}
