package dev.reversetunnel.mux;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@link MuxPropertyTest} does by chance: operations on both ends of a tunnel, chosen by the input. */
class MuxOperationsJazzerTest {
    private static final int SEEDS = 20;
    private static final int SEED_BYTES = 2_000;

    static Stream<byte[]> operations() {
        return IntStream.range(0, SEEDS).mapToObj(seed -> {
            byte[] choices = new byte[SEED_BYTES];
            new Random(seed).nextBytes(choices);
            choices[0] = (byte) seed;
            return choices;
        });
    }

    @MethodSource("operations")
    @FuzzTest
    void operations(byte[] data) throws Exception {
        Fuzzing.judgeReleases(data, (input, buffers) -> {
            Choices choices = new Choices(input);
            TunnelOperations tunnel = new TunnelOperations("operations", 1, choices, choices.nextBoolean(), buffers);
            while (choices.areLeft()) {
                tunnel.step();
            }
            tunnel.finish();
        });
    }
}
