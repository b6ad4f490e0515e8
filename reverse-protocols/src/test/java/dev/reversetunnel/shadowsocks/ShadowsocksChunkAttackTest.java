package dev.reversetunnel.shadowsocks;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.body.ChunkReader;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.kit.CleanBuffers;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Somebody on the way drops, doubles, swaps, reflects, exchanges and flips: nothing of it may come out as plain text.
 */
class ShadowsocksChunkAttackTest {
    private static final int TRIALS = 60;

    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    private final UserKey[] keys = new UserKey[ShadowsocksMethod.values().length];

    ShadowsocksChunkAttackTest() {
        for (ShadowsocksMethod method : ShadowsocksMethod.values()) {
            keys[method.ordinal()] = UserKey.of(method, "password", method.newPassword());
        }
    }

    /** What is done to the chunks of a stream at one place. */
    enum Attack {
        DROP,
        DOUBLE,
        SWAP,
        REFLECT,
        FOREIGN,
        LENGTH_OF_ANOTHER,
        FLIP,
        CUT
    }

    @ParameterizedTest
    @EnumSource
    void fails_there_and_gives_no_later_plaintext(Attack attack) {
        for (int trial = 0; trial < TRIALS; trial++) {
            Random random = new Random(trial);
            ShadowsocksMethod method = ShadowsocksMethod.values()[trial % ShadowsocksMethod.values().length];
            List<byte[]> plain = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                byte[] bytes = new byte[1 + random.nextInt(500)];
                random.nextBytes(bytes);
                plain.add(bytes);
            }
            List<byte[]> chunks = sealed(method, 1, plain);
            int at = random.nextInt(7);
            switch (attack) {
                case DROP -> chunks.remove(at);
                case DOUBLE -> chunks.add(at, chunks.get(at));
                case SWAP -> Collections.swap(chunks, at, at + 1);
                case REFLECT, FOREIGN -> chunks.set(at, sealed(method, 2, plain).get(at));
                case LENGTH_OF_ANOTHER -> {
                    byte[] mixed = chunks.get(at).clone();
                    System.arraycopy(chunks.get(at + 1), 0, mixed, 0, StreamCipher.LENGTH_BYTES);
                    chunks.set(at, mixed);
                }
                case FLIP -> {
                    byte[] changed = chunks.get(at);
                    changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
                }
                case CUT -> {
                    chunks.set(at, Arrays.copyOf(chunks.get(at), 1 + random.nextInt(16)));
                    chunks.subList(at + 1, chunks.size()).clear();
                }
            }
            // one that was doubled came through the first time
            int good = attack == Attack.DOUBLE ? at + 1 : at;
            thenOnlyTheFirstComeOut(
                    method,
                    ShadowsocksVectors.joined(chunks),
                    ShadowsocksVectors.joined(plain.subList(0, good)),
                    attack,
                    trial);
        }
    }

    private void thenOnlyTheFirstComeOut(
            ShadowsocksMethod method, byte[] wire, byte[] expected, Attack attack, int trial) {
        ChunkReader reader = new ChunkReader(new StreamOpener(method, cipher(method, 1)), false);
        ByteArrayOutputStream opened = new ByteArrayOutputStream();
        ByteBuf in = buffers.of(wire);
        CarrierException failure = read(reader, in, opened);

        then(opened.toByteArray()).as("%s, trial %d", attack, trial).isEqualTo(expected);
        then(reader.isAtBorder()).isFalse();
        if (attack == Attack.CUT) {
            then(failure).isNull();
        } else {
            // the length is sealed as well, so that nothing waits for what never comes
            then(failure).isNotNull();
            then(failure.reason()).isEqualTo(Reason.CHUNK);
            then(read(reader, in, opened)).as("the second time").isSameAs(failure);
            then(opened.size()).isEqualTo(expected.length);
        }
        in.release();
        reader.close();
    }

    private @Nullable CarrierException read(ChunkReader reader, ByteBuf in, ByteArrayOutputStream opened) {
        try {
            for (ByteBuf out = reader.next(in, buffers.allocator());
                    out != null;
                    out = reader.next(in, buffers.allocator())) {
                byte[] plain = new byte[out.readableBytes()];
                out.readBytes(plain);
                out.release();
                opened.writeBytes(plain);
            }
            return null;
        } catch (CarrierException e) {
            return e;
        }
    }

    /** One direction of a stream, told from others by its salt. */
    private StreamCipher cipher(ShadowsocksMethod method, int direction) {
        byte[] salt = new byte[method.saltBytes()];
        salt[0] = (byte) direction;
        return new StreamCipher(method, keys[method.ordinal()], salt, null);
    }

    private List<byte[]> sealed(ShadowsocksMethod method, int direction, List<byte[]> plain) {
        StreamCipher cipher = cipher(method, direction);
        List<byte[]> chunks = new ArrayList<>();
        for (byte[] bytes : plain) {
            byte[] out = new byte[StreamCipher.LENGTH_BYTES + bytes.length + StreamCipher.TAG_BYTES];
            int at = cipher.sealLength(bytes.length, out, 0);
            cipher.seal(bytes, 0, bytes.length, out, at);
            chunks.add(out);
        }
        return chunks;
    }
}
