package dev.reversetunnel.body;

/** Opens the chunks of one direction, from array to array: a length, then what it announces, and so on. */
public interface Opener {
    /**
     * How many bytes come next: the length field, or what stands before the first one.
     *
     * @return 1 or more
     */
    int lengthBytes();

    /**
     * Reads a length field.
     *
     * @param in {@link #lengthBytes()} bytes are here
     * @param offset from here
     * @return how many bytes follow that belong to the chunk, 0 to 65,551; less than 0 if this was no length yet
     * @throws dev.reversetunnel.carrier.CarrierException if it is wrong
     */
    int openLength(byte[] in, int offset);

    /**
     * How many bytes the announced chunk will give.
     *
     * @return 0 for the one that ends the stream
     */
    int payload();

    /**
     * Opens the chunk that was announced.
     *
     * @param in the chunk is here
     * @param offset from here
     * @param out another array than {@code in}, with room for {@link #payload()} bytes
     * @param outOffset from here
     * @throws dev.reversetunnel.carrier.CarrierException if it is not what was sealed
     */
    void open(byte[] in, int offset, byte[] out, int outOffset);

    /**
     * Whether the connection may end where the next length is expected.
     *
     * @return true, unless something has to come first
     */
    default boolean mayEnd() {
        return true;
    }

    /**
     * How many chunks there were.
     *
     * @return the number
     */
    long chunks();

    /** Wipes the keys; nothing can be opened afterwards. */
    void wipe();
}
