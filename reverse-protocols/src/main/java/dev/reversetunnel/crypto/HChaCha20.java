package dev.reversetunnel.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * What makes XChaCha20 of ChaCha20, which is all that the JDK has: a key for each nonce of 24 bytes, from its first 16.
 * The rest of the nonce, behind four zeros, is that of the cipher under the derived key.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha-03">XChaCha, 2.2</a>
 */
public final class HChaCha20 {
    /** The size of a nonce of XChaCha20. */
    public static final int NONCE_BYTES = 24;

    private static final int KEY_BYTES = 32;
    private static final int HASHED_NONCE_BYTES = 16;
    private static final int DOUBLE_ROUNDS = 10;
    /** "expand 32-byte k". */
    private static final int[] CONSTANTS = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private HChaCha20() {}

    /**
     * The key for a nonce.
     *
     * @param key 32 bytes
     * @param nonce its first 16 bytes are read
     * @param offset from here
     * @return 32 bytes
     */
    public static byte[] deriveKey(byte[] key, byte[] nonce, int offset) {
        int[] state = new int[16];
        System.arraycopy(CONSTANTS, 0, state, 0, 4);
        for (int i = 0; i < KEY_BYTES / Integer.BYTES; i++) {
            state[4 + i] = (int) INTS.get(key, i * Integer.BYTES);
        }
        for (int i = 0; i < HASHED_NONCE_BYTES / Integer.BYTES; i++) {
            state[12 + i] = (int) INTS.get(nonce, offset + i * Integer.BYTES);
        }
        for (int i = 0; i < DOUBLE_ROUNDS; i++) {
            quarterRound(state, 0, 4, 8, 12);
            quarterRound(state, 1, 5, 9, 13);
            quarterRound(state, 2, 6, 10, 14);
            quarterRound(state, 3, 7, 11, 15);
            quarterRound(state, 0, 5, 10, 15);
            quarterRound(state, 1, 6, 11, 12);
            quarterRound(state, 2, 7, 8, 13);
            quarterRound(state, 3, 4, 9, 14);
        }
        byte[] derived = new byte[KEY_BYTES];
        for (int i = 0; i < 4; i++) {
            INTS.set(derived, i * Integer.BYTES, state[i]);
            INTS.set(derived, (4 + i) * Integer.BYTES, state[12 + i]);
        }
        return derived;
    }

    /**
     * The nonce to use under the derived key.
     *
     * @param nonce 24 bytes
     * @param offset from here
     * @return 12 bytes
     */
    public static byte[] innerNonce(byte[] nonce, int offset) {
        byte[] inner = new byte[AeadCipher.NONCE_BYTES];
        System.arraycopy(nonce, offset + HASHED_NONCE_BYTES, inner, 4, NONCE_BYTES - HASHED_NONCE_BYTES);
        return inner;
    }

    private static void quarterRound(int[] state, int a, int b, int c, int d) {
        state[a] += state[b];
        state[d] = Integer.rotateLeft(state[d] ^ state[a], 16);
        state[c] += state[d];
        state[b] = Integer.rotateLeft(state[b] ^ state[c], 12);
        state[a] += state[b];
        state[d] = Integer.rotateLeft(state[d] ^ state[a], 8);
        state[c] += state[d];
        state[b] = Integer.rotateLeft(state[b] ^ state[c], 7);
    }
}
