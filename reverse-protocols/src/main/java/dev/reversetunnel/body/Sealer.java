package dev.reversetunnel.body;

/** Makes the chunks of one direction, from array to array. */
public interface Sealer {
    /**
     * How much plain text is put into one chunk.
     *
     * @return in bytes, at most 65,535
     */
    int maxPayload();

    /**
     * The most that a chunk adds to its payload.
     *
     * @return in bytes; the first chunk may exceed it by what stands before it
     */
    int maxOverhead();

    /**
     * Seals one chunk, the first time behind what stands before it.
     *
     * @param plain another array than {@code out}
     * @param offset the plain text is here
     * @param size 1 to {@link #maxPayload()}
     * @param out receives the chunk
     * @param outOffset from here
     * @return the number of bytes written
     */
    int seal(byte[] plain, int offset, int size, byte[] out, int outOffset);

    /**
     * Makes what comes behind the last chunk: an end mark; or what should have stood before the first one.
     *
     * @param out receives it
     * @param outOffset from here
     * @return the number of bytes written
     */
    int sealEnd(byte[] out, int outOffset);

    /**
     * Whether the peer knows by what {@link #sealEnd} wrote that nothing more comes.
     *
     * @return false if the connection's own end has to tell him
     */
    boolean hasEndMark();

    /**
     * How many chunks were sealed.
     *
     * @return the number
     */
    long chunks();

    /** Wipes the keys; nothing can be sealed afterwards. */
    void wipe();
}
