package dev.reversetunnel.crypto;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.bouncycastle.crypto.digests.Blake3Digest;
import org.bouncycastle.crypto.digests.SHAKEDigest;
import org.bouncycastle.crypto.params.Blake3Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The hashes that the JDK lacks, beside those of Bouncy Castle. */
class HashTest {
    private static final String CONTEXT = "dev.reversetunnel 2026-12-01 a key for a test";

    private final Random random = new Random(42);

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16, 135, 136, 166, 167, 168, 169, 335, 336, 337, 1_000})
    void shake128_draws_what_it_should_for_a_seed_of_any_length(int length) {
        byte[] seed = bytes(length);
        byte[] expected = new byte[1_000];
        SHAKEDigest digest = new SHAKEDigest(128);
        digest.update(seed, 0, length);
        digest.doFinal(expected, 0, expected.length);

        Shake128 stream = new Shake128(seed);
        ByteBuffer drawn = ByteBuffer.allocate(expected.length);
        while (drawn.hasRemaining()) {
            drawn.putShort((short) stream.nextU16());
        }

        then(drawn.array()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 32, 63, 64, 65, 127, 128, 129, 960, 1_023, 1_024})
    void blake3_hashes_and_derives_what_it_should(int length) {
        byte[] input = bytes(length);
        byte[] hash = new byte[32];
        Blake3Digest digest = new Blake3Digest(256);
        digest.update(input, 0, length);
        digest.doFinal(hash, 0);

        then(Blake3.hash(input)).isEqualTo(hash);

        for (int size : new int[] {1, 16, 32, 64, 65, 200}) {
            byte[] key = new byte[size];
            digest.init(Blake3Parameters.context(CONTEXT.getBytes(StandardCharsets.US_ASCII)));
            digest.update(input, 0, length);
            digest.doFinal(key, 0, size);
            int cut = length / 3;
            then(Blake3.deriveKey(CONTEXT, Arrays.copyOf(input, cut), Arrays.copyOfRange(input, cut, length), size))
                    .isEqualTo(key);
        }
    }

    @Test
    void blake3_refuses_more_than_a_chunk() {
        thenThrownBy(() -> Blake3.hash(new byte[1_025]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("input: 1025 bytes (expected: 0~1024)");
    }
}
