package dev.reversetunnel.config;

/**
 * A password, a key or an id, which nobody is told by accident.
 *
 * @param text the secret itself
 */
record Secret(String text) {
    /** Never the text. */
    @Override
    public String toString() {
        return "secret";
    }
}
