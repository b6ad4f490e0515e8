package dev.reversetunnel.vmess;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.body.BodyReader;
import dev.reversetunnel.body.ChunkReader;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.crypto.Fnv1a;
import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.kit.Vectors.Vector;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Mutations of the golden vectors, the same ones at each run, through the decoders: nothing but a
 * {@link CarrierException} may come out, and no buffer may be left. {@code -Dfuzz.inputs=20000000} makes a long run of
 * it.
 */
class VmessFuzzTest {
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 1_000_000);

    /** Opening a real header or an encrypted stream costs so much more than the rest that only some are. */
    private static final int ONE_IN = 10;

    private static final int ALLOWED_BESIDES_INPUT = 64 * 1024;

    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    private final Random random = new Random(20260101);

    @Test
    void a_header_gives_a_request_or_a_declared_exception() {
        List<Vector> vectors = SessionVectors.all().toList();
        List<byte[]> blocks =
                vectors.stream().map(vector -> vector.hex("instruction")).toList();
        List<byte[]> headers =
                vectors.stream().map(vector -> vector.hex("request_header")).toList();
        UserSearch users = new UserSearch(List.of(
                new VmessUser("shop", UserKey.of(UUID.fromString(vectors.get(0).text("uuid"))))));
        long now = vectors.get(0).time("time");
        int requests = 0;
        int refusals = 0;
        for (int i = 0; i < INPUTS; i++) {
            try {
                if (i % ONE_IN == 0) {
                    byte[] header = mutated(headers.get(random.nextInt(headers.size())), AuthId.BYTES);
                    RequestHeaderDecoder decoder =
                            new RequestHeaderDecoder(users, new Openings(10, () -> 0), () -> now);
                    requests += decoder.read(Unpooled.wrappedBuffer(header)) == null ? 0 : 1;
                } else {
                    RequestHeader.parse(withChecksum(mutated(blocks.get(random.nextInt(blocks.size())), 0)));
                    requests++;
                }
            } catch (CarrierException e) {
                refusals++;
            }
        }

        then(requests).as("requests of %d inputs", INPUTS).isGreaterThan(INPUTS / 100);
        then(refusals).as("refusals of %d inputs", INPUTS).isGreaterThan(INPUTS / 100);
    }

    /** Mostly a right one, else no mutation would get beyond it. */
    private byte[] withChecksum(byte[] block) {
        if (block.length >= Integer.BYTES && random.nextInt(4) > 0) {
            int end = block.length - Integer.BYTES;
            ByteBuffer.wrap(block).putInt(end, Fnv1a.of(block, 0, end));
        }
        return block;
    }

    @Test
    void chunks_give_bytes_or_a_declared_exception() {
        List<Vector> vectors = SessionVectors.all()
                .filter(vector -> vector.hex("request_body").length < 4_000)
                .toList();
        List<VmessRequest> requests =
                vectors.stream().map(SessionVectors::request).toList();
        List<byte[]> bodies =
                vectors.stream().map(vector -> vector.hex("request_body")).toList();
        List<Integer> cheap = IntStream.range(0, requests.size())
                .filter(each -> !requests.get(each).security().isEncrypted())
                .boxed()
                .toList();
        int[] outcomes = new int[2];
        for (int i = 0; i < INPUTS; i++) {
            int which = i % ONE_IN == 0 ? random.nextInt(requests.size()) : cheap.get(random.nextInt(cheap.size()));
            VmessRequest request = requests.get(which);
            byte[] body = bodies.get(which);
            int from = random.nextInt(4) == 0 ? 0 : Math.max(0, body.length - 600);
            feed(request, request.security().isEncrypted() ? mutated(body, from) : lengths(body), outcomes);
        }
        buffers.thenAllAreReleased();

        then(outcomes[0]).as("streams without a fault of %d inputs", INPUTS).isGreaterThan(INPUTS / 100);
        then(outcomes[1]).as("streams with a fault of %d inputs", INPUTS).isGreaterThan(INPUTS / 100);
    }

    /** A few chunks of sizes that are wrong more often than not. */
    private byte[] lengths(byte[] body) {
        byte[] small = Arrays.copyOf(body, Math.min(body.length, 1 + random.nextInt(64)));
        return mutated(small, 0);
    }

    private void feed(VmessRequest request, byte[] wire, int[] outcomes) {
        BodyReader body = request.isRaw()
                ? new BodyReader.Raw()
                : new ChunkReader(
                        new ChunkOpener(ChunkFormat.ofRequest(request, null)),
                        request.command() == VmessRequest.Command.UDP);
        int cut = random.nextInt(wire.length + 1);
        try {
            read(body, Arrays.copyOf(wire, cut), wire.length);
            read(body, Arrays.copyOfRange(wire, cut, wire.length), wire.length);
            outcomes[0]++;
        } catch (CarrierException e) {
            outcomes[1]++;
        } finally {
            body.close();
        }
    }

    private void read(BodyReader body, byte[] piece, int whole) {
        ByteBuf in = buffers.of(piece);
        try {
            for (ByteBuf out = body.next(in, buffers.allocator());
                    out != null;
                    out = body.next(in, buffers.allocator())) {
                out.release();
            }
            then(buffers.allocator().metric().usedHeapMemory() <= 2L * whole + ALLOWED_BESIDES_INPUT)
                    .isTrue();
        } finally {
            in.release();
        }
    }

    private byte[] mutated(byte[] original, int from) {
        byte[] bytes = original.clone();
        int mutations = random.nextInt(4);
        for (int i = 0; i < mutations && bytes.length > from; i++) {
            int at = from + random.nextInt(bytes.length - from);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes[at] = random.nextBoolean() ? 0 : (byte) 0xff;
                case 3 -> bytes = Arrays.copyOf(bytes, at);
                case 4 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(40));
                default -> bytes[at] = (byte) (bytes[at] + random.nextInt(5) - 2);
            }
        }
        return bytes;
    }
}
