package dev.reversetunnel.contract;

import dev.reversetunnel.Transport;

/** A transport at work: what its server and its client are given. */
enum Carriage {
    MEMORY(true) {
        @Override
        Ends ends() {
            Transport network = Transport.memory();
            return new Ends(network, network);
        }
    },
    TCP(true) {
        @Override
        Ends ends() {
            return new Ends(Transport.tcp(), Transport.tcp());
        }
    };

    private final boolean halfCloses;

    Carriage(boolean halfCloses) {
        this.halfCloses = halfCloses;
    }

    /** Whether one direction can end alone. */
    boolean halfCloses() {
        return halfCloses;
    }

    abstract Ends ends();

    /** What belongs together. */
    record Ends(Transport server, Transport client) {}
}
