package dev.reversetunnel.lab;

/** How a connection is ended by force. */
enum Ending {
    /** Both ends see a FIN, in the middle of whatever was said. */
    CUT,
    /** Both ends see an RST. */
    RESET
}
