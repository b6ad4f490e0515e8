package dev.reversetunnel;

import dev.reversetunnel.mux.ByteBudget;
import dev.reversetunnel.mux.MuxOptions;

/**
 * The part of the node's memory that one tunnel has: what it was granted, for windows of its sessions, or what waits in
 * them, whichever is more. On the tunnel's loop.
 */
final class TunnelMemory implements ByteBudget {
    private final ByteBudget node;
    private int granted;
    private int waiting;

    private TunnelMemory(ByteBudget node) {
        this.node = node;
    }

    /** A part of what the options name. */
    static TunnelMemory of(MuxOptions options) {
        return new TunnelMemory(options.budget());
    }

    @Override
    public boolean reserve(int bytes) {
        int more = Math.max(granted + bytes, waiting) - spent();
        if (more > 0 && !node.reserve(more)) {
            return false;
        }
        granted += bytes;
        return true;
    }

    @Override
    public void release(int bytes) {
        int before = spent();
        granted -= bytes;
        giveBack(before);
    }

    /** So much waits now. A tunnel whose peer has no credit pauses only when it has it all, so it counts anyway. */
    void waits(int bytes) {
        int before = spent();
        waiting = bytes;
        int more = spent() - before;
        if (more > 0 && node instanceof MemoryBudget budget) {
            budget.spend(more);
        } else {
            giveBack(before);
        }
    }

    private void giveBack(int before) {
        if (spent() < before) {
            node.release(before - spent());
        }
    }

    private int spent() {
        return Math.max(granted, waiting);
    }
}
