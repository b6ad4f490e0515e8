package dev.reversetunnel.interop;

/** The contract in small, for a second Netty. It and all that it uses do without the classes that came with 4.2. */
abstract class SmallTunnelContract extends TunnelContract {
    @Override
    long bytes() {
        return 8 << 20;
    }

    @Override
    int users() {
        return 50;
    }

    @Override
    int visits() {
        return 500;
    }
}
