package dev.reversetunnel.crypto;

/** The permutation of SHA-3, Keccak-f[1600] (FIPS 202, section 3): 24 rounds over 25 lanes of 64 bits. */
final class Keccak {
    /** How many lanes a state has. */
    static final int LANES = 25;

    private static final int SIDE = 5;

    /** By the order in which {@link #TURNED} visits the lanes. */
    private static final int[] TURNS = {
        1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44
    };

    /** Each lane moves to the place of the next one. */
    private static final int[] TURNED = {
        10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1
    };

    private static final long[] ROUNDS = {
        0x0000000000000001L, 0x0000000000008082L, 0x800000000000808AL, 0x8000000080008000L,
        0x000000000000808BL, 0x0000000080000001L, 0x8000000080008081L, 0x8000000000008009L,
        0x000000000000008AL, 0x0000000000000088L, 0x0000000080008009L, 0x000000008000000AL,
        0x000000008000808BL, 0x800000000000008BL, 0x8000000000008089L, 0x8000000000008003L,
        0x8000000000008002L, 0x8000000000000080L, 0x000000000000800AL, 0x800000008000000AL,
        0x8000000080008081L, 0x8000000000008080L, 0x0000000080000001L, 0x8000000080008008L
    };

    private Keccak() {}

    /** Permutes the lanes in place. */
    static void permute(long[] lanes) {
        for (long constant : ROUNDS) {
            addColumns(lanes);
            turnLanes(lanes);
            mixRows(lanes);
            lanes[0] ^= constant;
        }
    }

    /** Theta. */
    private static void addColumns(long[] lanes) {
        long c0 = column(lanes, 0);
        long c1 = column(lanes, 1);
        long c2 = column(lanes, 2);
        long c3 = column(lanes, 3);
        long c4 = column(lanes, 4);
        long d0 = c4 ^ Long.rotateLeft(c1, 1);
        long d1 = c0 ^ Long.rotateLeft(c2, 1);
        long d2 = c1 ^ Long.rotateLeft(c3, 1);
        long d3 = c2 ^ Long.rotateLeft(c4, 1);
        long d4 = c3 ^ Long.rotateLeft(c0, 1);
        for (int row = 0; row < LANES; row += SIDE) {
            lanes[row] ^= d0;
            lanes[row + 1] ^= d1;
            lanes[row + 2] ^= d2;
            lanes[row + 3] ^= d3;
            lanes[row + 4] ^= d4;
        }
    }

    private static long column(long[] lanes, int x) {
        return lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
    }

    /** Rho and pi. */
    private static void turnLanes(long[] lanes) {
        long moving = lanes[1];
        for (int i = 0; i < TURNED.length; i++) {
            int place = TURNED[i];
            long next = lanes[place];
            lanes[place] = Long.rotateLeft(moving, TURNS[i]);
            moving = next;
        }
    }

    /** Chi. */
    private static void mixRows(long[] lanes) {
        for (int row = 0; row < LANES; row += SIDE) {
            long a0 = lanes[row];
            long a1 = lanes[row + 1];
            long a2 = lanes[row + 2];
            long a3 = lanes[row + 3];
            long a4 = lanes[row + 4];
            lanes[row] = a0 ^ (~a1 & a2);
            lanes[row + 1] = a1 ^ (~a2 & a3);
            lanes[row + 2] = a2 ^ (~a3 & a4);
            lanes[row + 3] = a3 ^ (~a4 & a0);
            lanes[row + 4] = a4 ^ (~a0 & a1);
        }
    }
}
