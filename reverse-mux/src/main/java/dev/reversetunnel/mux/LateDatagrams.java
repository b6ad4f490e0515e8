package dev.reversetunnel.mux;

/**
 * Datagrams that wait for a reader: late ones are worth nothing, so they stop no stream and ask for no credit. What
 * finds the budget spent is dropped.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // written on the event loop only, read by anybody
final class LateDatagrams implements InboundBudget {
    /** Of our choice: a session's datagrams that wait are late already. */
    static final int SESSION_BYTES = 64 * 1024;

    /** Of our choice: which part of the tunnel's budget its datagrams may have on top. */
    private static final int PART = 4;

    private final MuxOptions options;
    private volatile int queuedBytes;

    LateDatagrams(MuxOptions options) {
        this.options = options;
    }

    int queuedBytes() {
        return queuedBytes;
    }

    @Override
    public boolean takes(MuxSession session, int bytes) {
        return session.queuedBytes() + bytes <= Math.min(SESSION_BYTES, options.sessionQueueBytes())
                && queuedBytes + bytes <= options.tunnelQueueBytes() / PART;
    }

    @Override
    public void queued(MuxSession session, int bytes) {
        queuedBytes += bytes;
    }

    @Override
    public void taken(MuxSession session, int bytes) {
        queuedBytes -= bytes;
    }
}
