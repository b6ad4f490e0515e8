package dev.reversetunnel.crypto;

import io.netty.util.concurrent.FastThreadLocal;
import java.security.SecureRandom;
import java.util.Arrays;

/** Where random bytes come from. Handed in, so that a test chooses them. */
@FunctionalInterface
public interface Randomness {
    /**
     * Draws.
     *
     * @param target is filled
     * @param offset from here
     * @param length so many bytes
     */
    void fill(byte[] target, int offset, int length);

    /**
     * Draws a new array.
     *
     * @param length its size
     * @return the array
     */
    default byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        fill(bytes, 0, length);
        return bytes;
    }

    /**
     * The platform's secure randomness, drawn in blocks for each thread: a chunk's padding of 30 bytes would otherwise
     * cost a lock and a microsecond. What was handed out is wiped from its block.
     *
     * @return good for keys; thread-safe
     */
    static Randomness secure() {
        return Block.CURRENT_BLOCK;
    }

    /** A thread's block. */
    final class Block {
        private static final int BYTES = 4_096;
        private static final SecureRandom SOURCE = new SecureRandom();
        private static final FastThreadLocal<Block> CURRENT = new FastThreadLocal<>() {
            @Override
            protected Block initialValue() {
                return new Block();
            }
        };
        private static final Randomness CURRENT_BLOCK =
                (target, offset, length) -> CURRENT.get().fill(target, offset, length);

        private final byte[] bytes = new byte[BYTES];
        private int next = BYTES;

        private Block() {}

        private void fill(byte[] target, int offset, int length) {
            for (int done = 0; done < length; ) {
                if (next == BYTES) {
                    SOURCE.nextBytes(bytes);
                    next = 0;
                }
                int part = Math.min(length - done, BYTES - next);
                System.arraycopy(bytes, next, target, offset + done, part);
                Arrays.fill(bytes, next, next + part, (byte) 0);
                next += part;
                done += part;
            }
        }
    }
}
