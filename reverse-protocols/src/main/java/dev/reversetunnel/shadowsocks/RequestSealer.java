package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.AesBlock;
import dev.reversetunnel.crypto.CryptoScratch;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.PortLastAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.security.Provider;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Seals what a client sends. 2017: salt, the address in a chunk of its own, payload. 2022: salt, identity headers, and
 *
 * <pre>
 * fixed header      type 0 | time, 8 | length of the next, 2
 * variable header   address | padding length, 2 | padding | first payload
 * </pre>
 */
final class RequestSealer extends StreamSealer {
    /** The size of a fixed header of a request. */
    static final int FIXED_HEADER_BYTES = 1 + Long.BYTES + Short.BYTES;

    static final byte TYPE = 0;

    /** What readers accept by the letter; nobody refuses more. */
    static final int MAX_PADDING = 900;

    private final ShadowsocksMethod method;
    private final ClientKey key;
    private final byte[] salt;
    private final Destination destination;
    private final LongSupplier seconds;
    private final Randomness randomness;

    RequestSealer(
            ShadowsocksMethod method,
            ClientKey key,
            byte[] salt,
            Destination destination,
            LongSupplier seconds,
            Randomness randomness,
            @Nullable Provider provider) {
        super(method, new StreamCipher(method, key.own(), salt, provider));
        this.method = method;
        this.key = key;
        this.salt = salt;
        this.destination = destination;
        this.seconds = seconds;
        this.randomness = randomness;
    }

    /** What is sent if there is no payload to send it with; nothing if it was sent. */
    byte[] opening() {
        byte[] out = CryptoScratch.current().target();
        return Arrays.copyOf(out, sealEnd(out, 0));
    }

    @Override
    int begin(byte[] plain, int offset, int size, byte[] out, int outOffset) {
        System.arraycopy(salt, 0, out, outOffset, salt.length);
        int at = outOffset + salt.length;
        if (method.is2022()) {
            at += identityHeaders(out, at);
            at += header(plain, offset, size, out, at);
        } else {
            byte[] address = new byte[PortLastAddress.length(destination)];
            PortLastAddress.write(Unpooled.wrappedBuffer(address).clear(), destination);
            at += chunk(address, 0, address.length, out, at);
            at += chunk(plain, offset, size, out, at);
        }
        return at - outOffset;
    }

    private int identityHeaders(byte[] out, int offset) {
        int at = offset;
        for (int i = 0; i < key.identities().size(); i++) {
            byte[] subkey = method.identitySubkey(key.identities().get(i).bytes(), salt);
            AesBlock.encrypting(subkey).apply(key.next(i).hash(), 0, out, at);
            at += AesBlock.BYTES;
        }
        return at - offset;
    }

    private int header(byte[] plain, int offset, int size, byte[] out, int outOffset) {
        // None is needed behind a payload that says nothing by its size, and one must be there where there is none.
        int padding = size >= MAX_PADDING ? 0 : 1 + uniform(randomness, MAX_PADDING);
        byte[] variable = new byte[PortLastAddress.length(destination) + Short.BYTES + padding + size];
        ByteBuf writer = Unpooled.wrappedBuffer(variable).clear();
        PortLastAddress.write(writer, destination);
        writer.writeShort(padding).writeZero(padding).writeBytes(plain, offset, size);

        byte[] fixed = new byte[FIXED_HEADER_BYTES];
        Unpooled.wrappedBuffer(fixed)
                .clear()
                .writeByte(TYPE)
                .writeLong(seconds.getAsLong())
                .writeShort(variable.length);
        int at = outOffset + cipher().seal(fixed, 0, fixed.length, out, outOffset);
        at += cipher().seal(variable, 0, variable.length, out, at);
        return at - outOffset;
    }

    /** 0 to {@code bound - 1}; the bias of a remainder of 32 bits is nothing to anybody here. */
    static int uniform(Randomness randomness, int bound) {
        byte[] draw = randomness.bytes(Integer.BYTES);
        return (int) (Unpooled.wrappedBuffer(draw).readUnsignedInt() % bound);
    }
}
