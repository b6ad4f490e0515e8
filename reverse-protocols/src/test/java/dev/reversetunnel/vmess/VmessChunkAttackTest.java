package dev.reversetunnel.vmess;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.body.ChunkReader;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.net.Destination;
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
class VmessChunkAttackTest {
    private static final int TRIALS = 40;

    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    /** What is done to the chunks of a stream at one place. */
    enum Attack {
        DROP,
        DOUBLE,
        SWAP,
        REFLECT,
        FOREIGN,
        FLIP,
        CUT
    }

    @ParameterizedTest
    @EnumSource
    void fails_there_and_gives_no_later_plaintext(Attack attack) {
        for (int trial = 0; trial < TRIALS; trial++) {
            Random random = new Random(trial);
            VmessSecurity security = trial % 4 == 0 ? VmessSecurity.CHACHA20_POLY1305 : VmessSecurity.AES_128_GCM;
            int options = trial % 3 == 0 ? 0x1d : trial % 3 == 1 ? 0x0d : 0x05;
            VmessRequest request =
                    VmessRequest.random(Destination.tcp("web", 80), security, options, Randomness.secure());
            VmessRequest other =
                    VmessRequest.random(Destination.tcp("web", 80), security, options, Randomness.secure());
            List<byte[]> plain = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                byte[] bytes = new byte[1 + random.nextInt(500)];
                random.nextBytes(bytes);
                plain.add(bytes);
            }
            List<byte[]> chunks = sealed(ChunkFormat.ofRequest(request, null), plain);
            int at = random.nextInt(7);
            switch (attack) {
                case DROP -> chunks.remove(at);
                case DOUBLE -> chunks.add(at, chunks.get(at));
                case SWAP -> Collections.swap(chunks, at, at + 1);
                case REFLECT ->
                    chunks.set(
                            at,
                            sealed(ChunkFormat.ofResponse(request, null), plain).get(at));
                case FOREIGN ->
                    chunks.set(
                            at,
                            sealed(ChunkFormat.ofRequest(other, null), plain).get(at));
                case FLIP -> {
                    byte[] changed = chunks.get(at);
                    // beyond the padding, which nobody vouches for
                    int sealedBytes = (options == 0x1d ? 18 : 2) + plain.get(at).length + 16;
                    changed[random.nextInt(sealedBytes)] ^= (byte) (1 << random.nextInt(8));
                }
                case CUT -> {
                    chunks.set(at, Arrays.copyOf(chunks.get(at), 1 + random.nextInt(16)));
                    chunks.subList(at + 1, chunks.size()).clear();
                }
            }
            // one that was doubled came through the first time
            int good = attack == Attack.DOUBLE ? at + 1 : at;
            thenOnlyTheFirstComeOut(request, joined(chunks), joined(plain.subList(0, good)), attack, trial);
        }
    }

    private void thenOnlyTheFirstComeOut(VmessRequest request, byte[] wire, byte[] expected, Attack attack, int trial) {
        ChunkReader reader = new ChunkReader(new ChunkOpener(ChunkFormat.ofRequest(request, null)), false);
        ByteArrayOutputStream opened = new ByteArrayOutputStream();
        ByteBuf in = buffers.of(wire);
        CarrierException failure = read(reader, in, opened);

        then(opened.toByteArray()).as("%s, trial %d", attack, trial).isEqualTo(expected);
        then(reader.isAtBorder()).isFalse();
        if (failure != null) {
            then(failure.reason()).isEqualTo(Reason.CHUNK);
            then(read(reader, in, opened)).as("the second time").isSameAs(failure);
            then(opened.size()).isEqualTo(expected.length);
        } else {
            // a length that was changed may wait for bytes that never come: the end of the connection shows it
            then(in.isReadable()).isFalse();
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

    private static List<byte[]> sealed(ChunkFormat format, List<byte[]> plain) {
        ChunkSealer sealer = new ChunkSealer(format, Randomness.secure(), true);
        List<byte[]> chunks = new ArrayList<>();
        for (byte[] bytes : plain) {
            byte[] out = new byte[bytes.length + ChunkFormat.MAX_OVERHEAD];
            int length = sealer.seal(bytes, 0, bytes.length, out, 0);
            chunks.add(Arrays.copyOf(out, length));
        }
        return chunks;
    }

    private static byte[] joined(List<byte[]> parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parts.forEach(all::writeBytes);
        return all.toByteArray();
    }
}
