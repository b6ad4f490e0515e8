package dev.reversetunnel.interop;

/** One end of a tunnel that runs, whoever made it. */
interface End extends AutoCloseable {
    @Override
    void close();
}
