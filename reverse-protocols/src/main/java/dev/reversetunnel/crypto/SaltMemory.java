package dev.reversetunnel.crypto;

/**
 * Salts that must not be accepted again, without an end to their time: exactly the last ones, in two generations of
 * which the older is forgotten when the younger is full. Thread-safe: the test and the entry are one step.
 */
public final class SaltMemory {
    private static final int LARGEST = 32;

    private final int generation;
    private FixedKeySet younger = new FixedKeySet(LARGEST / Long.BYTES);
    private FixedKeySet older = new FixedKeySet(LARGEST / Long.BYTES);
    private int size;

    /**
     * An empty memory.
     *
     * @param generation how many are remembered at least; twice as many at most
     */
    public SaltMemory(int generation) {
        this.generation = generation;
    }

    /**
     * Whether a salt was entered, and is remembered. Changes nothing.
     *
     * @param salt up to 32 bytes
     * @return true if so
     */
    public synchronized boolean contains(byte[] salt) {
        return younger.contains(salt) || older.contains(salt);
    }

    /**
     * Enters a salt.
     *
     * @param salt up to 32 bytes; copied
     * @return whether it was new
     */
    public synchronized boolean enter(byte[] salt) {
        if (contains(salt)) {
            return false;
        }
        if (size >= generation) {
            older = younger;
            younger = new FixedKeySet(LARGEST / Long.BYTES);
            size = 0;
        }
        size++;
        return younger.add(salt);
    }
}
