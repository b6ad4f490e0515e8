package dev.reversetunnel.benchmarks;

/** A system that did not answer in time after its start, with what its processes said. */
final class SystemNotReadyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    SystemNotReadyException(String message) {
        super(message);
    }
}
