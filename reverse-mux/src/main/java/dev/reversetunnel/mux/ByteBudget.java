package dev.reversetunnel.mux;

/**
 * Memory that many connections share, such as what a process gives its tunnels in all. Thread-safe: each connection
 * reserves on its own event loop.
 */
public interface ByteBudget {
    /** Gives everything, and counts nothing. */
    ByteBudget UNLIMITED = new ByteBudget() {
        @Override
        public boolean reserve(int bytes) {
            return true;
        }

        @Override
        public void release(int bytes) {}

        @Override
        public String toString() {
            return "unlimited";
        }
    };

    /**
     * Takes a part of the budget, whole or not at all.
     *
     * @param bytes how much, not negative
     * @return whether it was there; if so, it is given back by {@link #release}
     */
    boolean reserve(int bytes);

    /**
     * Gives a part back.
     *
     * @param bytes how much was reserved
     */
    void release(int bytes);
}
