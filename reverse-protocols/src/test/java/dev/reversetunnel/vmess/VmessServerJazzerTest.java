package dev.reversetunnel.vmess;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.crypto.Fnv1a;
import dev.reversetunnel.kit.Heard;
import dev.reversetunnel.testkit.BoundedAllocator;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a client sends, header and body, sealed with a user's key so that all of it is read; or anything at all. Whole
 * or in pieces the server is asked for the same, and hears the same.
 */
class VmessServerJazzerTest {
    private static final UserKey KEY = UserKey.of(EmbeddedTunnel.ID);
    private static final int LENGTH_OFFSET = AuthId.BYTES;
    private static final int SEALED_LENGTH = 18;

    static Stream<byte[]> headers() {
        return SessionVectors.all().flatMap(vector -> {
            byte[] block = vector.hex("instruction");
            block = Arrays.copyOf(block, block.length - Integer.BYTES);
            byte[] plain = SessionVectors.plain(vector.list("request_chunks"));
            return Stream.of(
                    sealed(0, block, plain), sealed(4, block, Arrays.copyOf(plain, Math.min(plain.length, 40))));
        });
    }

    /** The input that makes a client send these. */
    private static byte[] sealed(int cut, byte[] block, byte[] plain) {
        ByteArrayOutputStream input = new ByteArrayOutputStream();
        input.write(1);
        input.write(cut);
        input.write(0);
        input.write(3);
        input.write(block.length >>> 8);
        input.write(block.length);
        input.writeBytes(block);
        for (int at = 0; at < Math.min(plain.length, 600); at += 200) {
            int length = Math.min(200, plain.length - at);
            input.write(1);
            input.write(length >>> 8);
            input.write(length);
            input.write(plain, at, length);
        }
        return input.toByteArray();
    }

    @MethodSource("headers")
    @FuzzTest
    void connections(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            Choices choices = new Choices(input);
            boolean sealed = choices.nextBoolean();
            int piece = 1 + choices.nextInt(64);
            byte[] wire = sealed ? wire(choices) : choices.rest();
            Heard whole = Heard.by(server(buffers), wire, Math.max(1, wire.length), buffers);
            then(Heard.by(server(buffers), wire, piece, buffers)).isEqualTo(whole);
        });
    }

    private static ServerRig server(BoundedAllocator buffers) {
        return new ServerRig(buffers, EmbeddedTunnel.NOW, true, List.of(new VmessUser("shop", KEY)));
    }

    private static byte[] wire(Choices choices) {
        int skew = choices.nextInt(4) == 1 ? choices.nextInt(1_000) - 500 : 0;
        int lie = choices.nextInt(4) == 1 ? choices.nextInt(1 << 16) : -1;
        byte[] block = choices.take(choices.nextInt(1 << 16));
        byte[] instructions = Arrays.copyOf(block, block.length + Integer.BYTES);
        ByteBuffer.wrap(instructions).putInt(block.length, Fnv1a.of(block, 0, block.length));
        byte[] authId = AuthId.seal(KEY, EmbeddedTunnel.NOW + skew, new byte[AuthId.RANDOM_BYTES]);
        byte[] nonce = new byte[RequestHeader.NONCE_BYTES];
        byte[] header = RequestHeader.seal(KEY, instructions, authId, nonce);
        if (lie >= 0) {
            byte[] other = RequestHeader.seal(KEY, new byte[lie], authId, nonce);
            System.arraycopy(other, LENGTH_OFFSET, header, LENGTH_OFFSET, SEALED_LENGTH);
        }
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        wire.writeBytes(header);
        try {
            VmessRequest request = RequestHeader.parse(instructions);
            if (!request.isRaw()) {
                wire.writeBytes(VmessStreamJazzerTest.chunks(ChunkFormat.ofRequest(request, null), choices));
            }
        } catch (CarrierException e) {
            // whatever follows
        }
        wire.writeBytes(choices.rest());
        return wire.toByteArray();
    }
}
