package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on both ends of a tunnel. Whatever happens: bytes arrive in order, at their own session, and all of
 * them before a clean end; both ends agree about what is open; nothing is left.
 */
@ExtendWith(BufferLeakExtension.class)
class MuxPropertyTest {
    private static final int RUNS = 25;
    private static final int STEPS = 1_500;

    @ParameterizedTest
    @ValueSource(ints = {0, 1_000, 2_000, 3_000})
    void random_operations_keep_the_promises(int firstSeed) {
        for (int seed = firstSeed; seed < firstSeed + RUNS; seed++) {
            run(seed, false);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10_000, 11_000, 12_000, 13_000})
    void random_operations_keep_the_promises_of_the_extension(int firstSeed) {
        for (int seed = firstSeed; seed < firstSeed + RUNS; seed++) {
            run(seed, true);
        }
    }

    private static void run(int seed, boolean extended) {
        TunnelOperations tunnel =
                new TunnelOperations("seed " + seed, seed, new Random(seed), extended, PooledByteBufAllocator.DEFAULT);
        for (int i = 0; i < STEPS; i++) {
            tunnel.step();
        }
        tunnel.finish();
        if (extended) {
            then(tunnel.ids()).as("ids are free again, seed %d", seed).isLessThan(tunnel.sessions());
        }
    }
}
