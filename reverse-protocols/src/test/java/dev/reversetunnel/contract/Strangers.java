package dev.reversetunnel.contract;

/** What somebody without a key sees of a server that speaks a carrier over TCP. */
enum Strangers {
    /** FIN at the deadline of the handshake, whatever they send. */
    SEE_NOTHING,
    /** RST as soon as a byte has come: one read must hold all of it. */
    ARE_RESET_AT_ONCE,
    /** RST as soon as it is sure that they are strangers; when they leave that open, at the deadline. */
    ARE_RESET_WHEN_KNOWN
}
