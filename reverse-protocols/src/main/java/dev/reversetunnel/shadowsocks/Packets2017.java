package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.BadTagException;
import dev.reversetunnel.crypto.CryptoScratch;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.AddressException;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortLastAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.security.Provider;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The packets of 2017, the same in both directions; the address is that of the far end.
 *
 * <pre>
 * salt, 16 or 32 | sealed: address, payload
 * </pre>
 *
 * <p>Each has a salt and so a key of its own, and its nonce is always zero. A packet that came before opens again: this
 * edition has nothing against that.
 */
final class Packets2017 {
    /** What IPv4 can carry in one packet. */
    static final int MAX_BYTES = 65_507;

    private Packets2017() {}

    /**
     * Seals.
     *
     * @param address the far end
     * @param payload is not read off, and stays the caller's
     * @return the packet; null if it would be too large
     */
    static @Nullable ByteBuf seal(
            ShadowsocksMethod method,
            UserKey key,
            Destination address,
            ByteBuf payload,
            Randomness randomness,
            @Nullable Provider provider,
            ByteBufAllocator allocator) {
        int size = PortLastAddress.length(address) + payload.readableBytes();
        int all = method.saltBytes() + size + AeadCipher.TAG_BYTES;
        if (all > MAX_BYTES) {
            return null;
        }
        byte[] plain = CryptoScratch.current().source();
        byte[] sealed = CryptoScratch.current().target();
        ByteBuf writer = Unpooled.wrappedBuffer(plain).clear();
        PortLastAddress.write(writer, address);
        writer.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
        byte[] salt = randomness.bytes(method.saltBytes());
        AeadCipher cipher = method.cipher(key.bytes(), salt, provider);
        cipher.seal(new byte[AeadCipher.NONCE_BYTES], null, plain, 0, size, sealed, 0);
        cipher.wipe();
        return allocator.buffer(all).writeBytes(salt).writeBytes(sealed, 0, all - salt.length);
    }

    /**
     * Opens.
     *
     * @param packet of {@code size} bytes, in an array that is not {@link CryptoScratch#target()}
     * @return the far end and the payload; null if it was not sealed under this key, or makes no sense
     */
    static @Nullable Datagram open(
            ShadowsocksMethod method,
            UserKey key,
            byte[] packet,
            int size,
            @Nullable Provider provider,
            ByteBufAllocator allocator) {
        int saltBytes = method.saltBytes();
        int sealed = size - saltBytes;
        if (sealed < AeadCipher.TAG_BYTES) {
            return null;
        }
        byte[] plain = CryptoScratch.current().target();
        // One of its own: Java 17 refuses to use ChaCha20 twice under one key and nonce, as for a packet that came
        // twice.
        AeadCipher cipher = method.cipher(key.bytes(), Arrays.copyOf(packet, saltBytes), provider);
        try {
            int length = cipher.open(new byte[AeadCipher.NONCE_BYTES], null, packet, saltBytes, sealed, plain, 0);
            ByteBuf in = Unpooled.wrappedBuffer(plain, 0, length);
            Destination address = PortLastAddress.read(in, Network.UDP);
            return new Datagram(address, allocator.buffer(in.readableBytes()).writeBytes(in));
        } catch (BadTagException | AddressException e) {
            return null;
        } finally {
            cipher.wipe();
        }
    }
}
