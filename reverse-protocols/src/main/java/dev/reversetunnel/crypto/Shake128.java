package dev.reversetunnel.crypto;

/** The endless output of SHAKE128 (FIPS 202) over a seed, drawn two bytes at a time. Not thread-safe. */
public final class Shake128 {
    /** What a permutation takes in or gives out: the rate of SHAKE128. */
    private static final int BLOCK_BYTES = 168;

    /** The suffix of a SHAKE and the first bit of the padding, whose last one is at the end of the block. */
    private static final long SUFFIX = 0x1f;

    private static final long LAST = 0x80;

    private final long[] lanes = new long[Keccak.LANES];
    private int next = BLOCK_BYTES;

    /**
     * Absorbs the seed.
     *
     * @param seed read at once
     */
    public Shake128(byte[] seed) {
        int place = 0;
        for (byte each : seed) {
            add(place++, each & 0xff);
            if (place == BLOCK_BYTES) {
                Keccak.permute(lanes);
                place = 0;
            }
        }
        add(place, SUFFIX);
        add(BLOCK_BYTES - 1, LAST);
    }

    private void add(int place, long bits) {
        lanes[place >>> 3] ^= bits << ((place & 7) << 3);
    }

    /**
     * Draws two bytes.
     *
     * @return 0 to 65535, the first byte being the high one
     */
    public int nextU16() {
        if (next == BLOCK_BYTES) {
            Keccak.permute(lanes);
            next = 0;
        }
        int both = (int) (lanes[next >>> 3] >>> ((next & 7) << 3)); // the first byte is the low one
        next += 2;
        return (both & 0xff) << 8 | (both >>> 8 & 0xff);
    }
}
