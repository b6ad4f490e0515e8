package dev.reversetunnel.shadowsocks;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.body.ChunkReader;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.crypto.SaltMemory;
import dev.reversetunnel.testkit.BoundedAllocator;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a server answers, sealed with the right key and with a header and lengths that need not be right: bytes come
 * out, the same wherever the stream was cut, and then its end or a declared exception.
 */
class ShadowsocksAnswerJazzerTest {
    private static final int MAX_CHUNKS = 40;
    private static final ShadowsocksMethod[] METHODS = ShadowsocksMethod.values();
    private static final byte[] OUT = new byte[(1 << 16) + 256];

    static Stream<byte[]> answers() {
        return IntStream.range(0, METHODS.length).mapToObj(method -> {
            byte[] head = METHODS[method].is2022()
                    ? new byte[] {(byte) method, 7, 0, 0, 0, 0, 0, 5}
                    : new byte[] {(byte) method, 7, 0, 0, 5};
            ByteArrayOutputStream input = new ByteArrayOutputStream();
            input.writeBytes(head);
            input.writeBytes(new byte[] {'h', 'e', 'l', 'l', 'o', 1, 0, 0, 5, 'w', 'o', 'r', 'l', 'd'});
            return input.toByteArray();
        });
    }

    @MethodSource("answers")
    @FuzzTest
    void answers(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            Choices choices = new Choices(input);
            ShadowsocksMethod method = METHODS[choices.nextInt(METHODS.length)];
            int piece = 1 + choices.nextInt(64);
            byte[] wire = wire(method, choices);
            then(read(method, wire, piece, buffers)).isEqualTo(read(method, wire, Math.max(1, wire.length), buffers));
        });
    }

    private static UserKey key(ShadowsocksMethod method) {
        return UserKey.of(method, "password", Fixed.password(method, 1));
    }

    /** The salt that a request had. */
    private static byte[] asked(ShadowsocksMethod method) {
        byte[] salt = new byte[method.saltBytes()];
        salt[0] = 1;
        return salt;
    }

    private static byte[] wire(ShadowsocksMethod method, Choices choices) {
        byte[] salt = new byte[method.saltBytes()];
        StreamCipher cipher = new StreamCipher(method, key(method), salt, null);
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        wire.writeBytes(salt);
        if (method.is2022()) {
            int type = choices.nextInt(8) == 1 ? choices.nextInt(256) : ResponseSealer.TYPE;
            long time = ShadowsocksRig.NOW + (choices.nextInt(8) == 1 ? choices.nextInt(200) - 100 : 0);
            byte[] asked = asked(method);
            asked[1] ^= (byte) (choices.nextInt(8) == 1 ? 1 : 0);
            int lie = choices.nextInt(8) == 1 ? choices.nextInt(1 << 16) : -1;
            ByteBuffer header = ByteBuffer.allocate(ResponseSealer.headerBytes(method));
            header.put((byte) type).putLong(time).put(asked).putShort((short) (lie < 0 ? choices.peekLength() : lie));
            wire.write(OUT, 0, cipher.seal(header.array(), 0, header.capacity(), OUT, 0));
        }
        for (int i = 0; i < MAX_CHUNKS && choices.areLeft() && (i == 0 || choices.nextInt(4) != 0); i++) {
            boolean announced = i == 0 && method.is2022();
            int lie = announced ? 0 : choices.nextInt(4);
            byte[] plain = choices.take(choices.nextInt(1 << 16));
            if (!announced) {
                wire.write(OUT, 0, cipher.sealLength(lie == 1 ? choices.nextInt(1 << 16) : plain.length, OUT, 0));
            }
            wire.write(OUT, 0, cipher.seal(plain, 0, plain.length, OUT, 0));
        }
        cipher.wipe();
        wire.writeBytes(choices.rest());
        return wire.toByteArray();
    }

    private static String read(ShadowsocksMethod method, byte[] wire, int piece, BoundedAllocator buffers) {
        StringBuilder read = new StringBuilder();
        ChunkReader reader = new ChunkReader(
                new ResponseOpener(
                        method, key(method), asked(method), () -> ShadowsocksRig.NOW, new SaltMemory(10), null),
                false);
        try {
            for (int at = 0; at < wire.length; at += piece) {
                ByteBuf in = buffers.input(wire, at, Math.min(piece, wire.length - at));
                try {
                    for (ByteBuf out = reader.next(in, buffers); out != null; out = reader.next(in, buffers)) {
                        read.append(ByteBufUtil.hexDump(out));
                        out.release();
                    }
                } finally {
                    in.release();
                }
            }
            read.append(reader.isAtBorder() ? " border" : " cut");
        } catch (CarrierException e) {
            read.append(' ').append(e.reason());
        } finally {
            reader.close();
        }
        return read.toString();
    }
}
