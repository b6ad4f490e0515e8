package dev.reversetunnel.shadowsocks;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.crypto.AesBlock;
import dev.reversetunnel.door.Manner;
import dev.reversetunnel.kit.Heard;
import dev.reversetunnel.kit.Vectors.Vector;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortLastAddress;
import dev.reversetunnel.testkit.BoundedAllocator;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a client sends on a connection, in either edition, sealed with the right key so that all of it is read; or
 * anything at all. Whole or in pieces the server is asked for the same, and hears the same.
 */
class ShadowsocksServerJazzerTest {
    private static final int MAX_CHUNKS = 40;
    private static final ShadowsocksMethod[] METHODS = ShadowsocksMethod.values();
    private static final byte[] OUT = new byte[(1 << 16) + 256];

    static Stream<byte[]> openings() {
        Stream<byte[]> vectors = Stream.concat(ShadowsocksVectors.streams2017(), ShadowsocksVectors.streams2022())
                .flatMap(vector -> Stream.of(opening(vector, 0), opening(vector, 1)));
        return Stream.concat(vectors, Stream.of(new byte[] {0, 0, 7, 1, 2, 3}));
    }

    private static byte[] opening(Vector vector, int named) {
        ShadowsocksMethod method = ShadowsocksVectors.method(vector);
        Destination destination = ShadowsocksVectors.destination(vector, Network.TCP);
        ByteBuf address = Unpooled.buffer();
        PortLastAddress.write(address, destination);
        if (method.is2022()) {
            address.writeShort(3).writeZero(3);
        }
        address.writeBytes("hello".getBytes(StandardCharsets.US_ASCII));
        ByteArrayOutputStream input = new ByteArrayOutputStream();
        input.writeBytes(new byte[] {(byte) method.ordinal(), 1, 7, (byte) named});
        input.writeBytes(new byte[method.is2022() ? 3 + (method.isAes() ? named : 0) : 1]);
        input.write(address.readableBytes() >>> 8);
        input.write(address.readableBytes());
        input.writeBytes(ByteBufUtil.getBytes(address));
        input.writeBytes(new byte[] {1, 0, 0, 5, 'w', 'o', 'r', 'l', 'd'});
        return input.toByteArray();
    }

    @MethodSource("openings")
    @FuzzTest
    void connections(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            Choices choices = new Choices(input);
            ShadowsocksMethod method = METHODS[choices.nextInt(METHODS.length)];
            boolean sealed = choices.nextBoolean();
            int piece = 1 + choices.nextInt(64);
            boolean named = sealed && choices.nextBoolean() && method.is2022() && method.isAes();
            byte[] wire = sealed ? wire(method, named, choices) : choices.rest();
            Heard whole = Heard.by(server(method, named, buffers), wire, Math.max(1, wire.length), buffers);
            then(Heard.by(server(method, named, buffers), wire, piece, buffers)).isEqualTo(whole);
        });
    }

    private static UserKey key(ShadowsocksMethod method) {
        return ShadowsocksRig.user("shop", method, Fixed.password(method, 1)).key();
    }

    private static @Nullable UserKey serverKey(ShadowsocksMethod method, boolean named) {
        return named ? UserKey.of(method, "password", Fixed.password(method, 2)) : null;
    }

    /** Not by the letter: that the first read holds the whole header. */
    private static ShadowsocksRig server(ShadowsocksMethod method, boolean named, BoundedAllocator buffers) {
        return new ShadowsocksRig(
                buffers,
                serverKey(method, named),
                List.of(new ShadowsocksUser("shop", method, key(method))),
                Manner.SILENCE,
                10);
    }

    private static byte[] wire(ShadowsocksMethod method, boolean named, Choices choices) {
        byte[] salt = new byte[method.saltBytes()];
        StreamCipher cipher = new StreamCipher(method, key(method), salt, null);
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        wire.writeBytes(salt);
        UserKey serverKey = serverKey(method, named);
        if (serverKey != null) {
            byte[] identity = new byte[AesBlock.BYTES];
            AesBlock.encrypting(method.identitySubkey(serverKey.bytes(), salt))
                    .apply(key(method).hash(), 0, identity, 0);
            identity[0] ^= (byte) (choices.nextInt(4) == 1 ? 1 : 0);
            wire.writeBytes(identity);
        }
        if (method.is2022()) {
            header(cipher, choices, wire);
        }
        for (int i = 0; i < MAX_CHUNKS && choices.areLeft() && (i == 0 || choices.nextInt(4) != 0); i++) {
            int lie = i == 0 && method.is2022() ? 0 : choices.nextInt(4);
            byte[] plain = choices.take(choices.nextInt(1 << 16));
            if (i > 0 || !method.is2022()) {
                int length = lie == 1 ? choices.nextInt(1 << 16) : plain.length;
                wire.write(OUT, 0, cipher.sealLength(length, OUT, 0));
            }
            wire.write(OUT, 0, cipher.seal(plain, 0, plain.length, OUT, 0));
        }
        cipher.wipe();
        wire.writeBytes(choices.rest());
        return wire.toByteArray();
    }

    /** The fixed header of 2022, which tells of what the next bytes of the input will be. */
    private static void header(StreamCipher cipher, Choices choices, ByteArrayOutputStream wire) {
        int type = choices.nextInt(8) == 1 ? choices.nextInt(256) : RequestSealer.TYPE;
        long time = ShadowsocksRig.NOW + (choices.nextInt(8) == 1 ? choices.nextInt(200) - 100 : 0);
        int lie = choices.nextInt(8) == 1 ? choices.nextInt(1 << 16) : -1;
        ByteBuffer header = ByteBuffer.allocate(RequestSealer.FIXED_HEADER_BYTES);
        header.put((byte) type).putLong(time).putShort((short) (lie < 0 ? choices.peekLength() : lie));
        wire.write(OUT, 0, cipher.seal(header.array(), 0, header.capacity(), OUT, 0));
    }
}
