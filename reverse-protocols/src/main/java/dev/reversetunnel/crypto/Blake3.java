package dev.reversetunnel.crypto;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The hash BLAKE3, as far as the protocols use it: plain, and as a key derivation, each over no more than one chunk of
 * 1,024 bytes, so without its tree. Section numbers are those of the paper.
 */
public final class Blake3 {
    /** The size of a hash. */
    public static final int HASH_BYTES = 32;

    /** The longest input. */
    public static final int MAX_BYTES = 1_024;

    private static final int BLOCK_BYTES = 64;
    private static final int WORDS = 16;
    private static final int ROUNDS = 7;

    /** Section 2.2, table 1. */
    private static final int[] IV = {
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19
    };

    /** Section 2.2, table 2. */
    private static final int[] PERMUTATION = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};

    // Section 2.2, table 3.
    private static final int CHUNK_START = 1;
    private static final int CHUNK_END = 1 << 1;
    private static final int ROOT = 1 << 3;
    private static final int DERIVE_KEY_CONTEXT = 1 << 5;
    private static final int DERIVE_KEY_MATERIAL = 1 << 6;

    private Blake3() {}

    /**
     * Hashes.
     *
     * @param input of at most {@link #MAX_BYTES}
     * @return 32 bytes
     * @throws IllegalArgumentException if it is longer
     */
    public static byte[] hash(byte[] input) {
        return chunk(IV, 0, input, HASH_BYTES);
    }

    /**
     * Derives a key: the mode {@code derive_key}.
     *
     * @param context what the key is for, in ASCII; the same text for all keys of that kind
     * @param key secret material
     * @param salt more material, behind it
     * @param length of the derived key, in bytes
     * @return the derived key, a prefix of the endless output
     * @throws IllegalArgumentException if context or material is longer than {@link #MAX_BYTES}
     */
    public static byte[] deriveKey(String context, byte[] key, byte[] salt, int length) {
        byte[] text = context.getBytes(StandardCharsets.US_ASCII);
        int[] contextKey = words(chunk(IV, DERIVE_KEY_CONTEXT, text, HASH_BYTES), 0, HASH_BYTES);
        byte[] material = Arrays.copyOf(key, key.length + salt.length);
        System.arraycopy(salt, 0, material, key.length, salt.length);
        byte[] derived = chunk(contextKey, DERIVE_KEY_MATERIAL, material, length);
        Arrays.fill(material, (byte) 0);
        return derived;
    }

    /** Section 2.4, for a chunk that is the whole tree; and section 2.6, for an output of any length. */
    private static byte[] chunk(int[] key, int flags, byte[] input, int length) {
        if (input.length > MAX_BYTES) {
            throw new IllegalArgumentException("input: " + input.length + " bytes (expected: 0~" + MAX_BYTES + ")");
        }
        int[] chaining = key;
        int start = CHUNK_START;
        int offset = 0;
        for (; input.length - offset > BLOCK_BYTES; offset += BLOCK_BYTES) {
            chaining = compress(chaining, words(input, offset, BLOCK_BYTES), 0, BLOCK_BYTES, flags | start);
            start = 0;
        }
        int rest = input.length - offset;
        int[] last = words(input, offset, rest);
        ByteBuffer output = ByteBuffer.allocate((length + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int counter = 0; output.hasRemaining(); counter++) {
            for (int word : compress(chaining, last, counter, rest, flags | start | CHUNK_END | ROOT)) {
                output.putInt(word);
            }
        }
        return Arrays.copyOf(output.array(), length);
    }

    /** A block as little-endian words, with zeros behind it. */
    private static int[] words(byte[] bytes, int offset, int length) {
        ByteBuffer block = ByteBuffer.wrap(
                        Arrays.copyOf(Arrays.copyOfRange(bytes, offset, offset + length), BLOCK_BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        int[] words = new int[WORDS];
        block.asIntBuffer().get(words);
        return words;
    }

    /** Section 2.2; the first eight words of the result are the next chaining value. */
    private static int[] compress(int[] chaining, int[] message, int counter, int length, int flags) {
        int[] v = Arrays.copyOf(chaining, WORDS);
        System.arraycopy(IV, 0, v, 8, 4);
        v[12] = counter;
        v[13] = 0; // the high half of the counter
        v[14] = length;
        v[15] = flags;
        int[] m = message;
        for (int round = 0; round < ROUNDS; round++) {
            mix(v, 0, 4, 8, 12, m[0], m[1]);
            mix(v, 1, 5, 9, 13, m[2], m[3]);
            mix(v, 2, 6, 10, 14, m[4], m[5]);
            mix(v, 3, 7, 11, 15, m[6], m[7]);
            mix(v, 0, 5, 10, 15, m[8], m[9]);
            mix(v, 1, 6, 11, 12, m[10], m[11]);
            mix(v, 2, 7, 8, 13, m[12], m[13]);
            mix(v, 3, 4, 9, 14, m[14], m[15]);
            m = permuted(m);
        }
        for (int i = 0; i < 8; i++) {
            v[i] ^= v[i + 8];
            v[i + 8] ^= chaining[i];
        }
        return v;
    }

    private static void mix(int[] v, int a, int b, int c, int d, int x, int y) {
        v[a] += v[b] + x;
        v[d] = Integer.rotateRight(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = Integer.rotateRight(v[b] ^ v[c], 12);
        v[a] += v[b] + y;
        v[d] = Integer.rotateRight(v[d] ^ v[a], 8);
        v[c] += v[d];
        v[b] = Integer.rotateRight(v[b] ^ v[c], 7);
    }

    private static int[] permuted(int[] message) {
        int[] permuted = new int[WORDS];
        for (int i = 0; i < WORDS; i++) {
            permuted[i] = message[PERMUTATION[i]];
        }
        return permuted;
    }
}
