package dev.reversetunnel.crypto;

/** The 32-bit checksum FNV-1a. Finds accidents, not intent. */
public final class Fnv1a {
    private static final int BASIS = 0x811c9dc5;
    private static final int PRIME = 0x01000193;

    private Fnv1a() {}

    /**
     * Sums up.
     *
     * @param bytes are read
     * @param offset from here
     * @param length so many
     * @return all 32 bits, as a signed number
     */
    public static int of(byte[] bytes, int offset, int length) {
        int hash = BASIS;
        for (int i = offset; i < offset + length; i++) {
            hash = (hash ^ (bytes[i] & 0xff)) * PRIME;
        }
        return hash;
    }
}
