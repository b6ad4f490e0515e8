package dev.reversetunnel;

/**
 * What a node bounds in all.
 *
 * @param memory bytes that may wait; 0 for a quarter of what the JVM may have
 * @param dials how many sessions of a bridge may be connected at once
 * @param waitingDials how many more may wait for that
 * @param waitingVisitors how many visitors of a portal may wait for a bridge
 */
record NodeLimits(long memory, int dials, int waitingDials, int waitingVisitors) {
    static final NodeLimits DEFAULT = new NodeLimits(0, 256, 1_024, 1_024);

    NodeLimits memory(long bytes) {
        return new NodeLimits(bytes, dials, waitingDials, waitingVisitors);
    }

    NodeLimits dials(int most, int waiting) {
        return new NodeLimits(memory, most, waiting, waitingVisitors);
    }

    NodeLimits waitingVisitors(int most) {
        return new NodeLimits(memory, dials, waitingDials, most);
    }
}
