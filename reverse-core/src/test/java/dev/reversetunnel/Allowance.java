package dev.reversetunnel;

import dev.reversetunnel.mux.ByteBudget;

/** A memory of a few bytes, for tests of one thread. */
final class Allowance implements ByteBudget {
    private final int limit;
    private int spent;

    Allowance(int limit) {
        this.limit = limit;
    }

    @Override
    public boolean reserve(int bytes) {
        if (spent + bytes > limit) {
            return false;
        }
        spent += bytes;
        return true;
    }

    @Override
    public void release(int bytes) {
        spent -= bytes;
    }

    int spent() {
        return spent;
    }
}
