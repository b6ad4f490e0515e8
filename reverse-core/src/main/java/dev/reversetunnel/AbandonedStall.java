package dev.reversetunnel;

import dev.reversetunnel.mux.MuxSession;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Gives up a tunnel to a bridge that is not ours when nobody is left for whose sake it stands still.
 *
 * <p>An origin behind V2Ray's or Xray's bridge that stops reading holds up all of its tunnel, also when the visitor who
 * sent to it has gone: that he has waits behind what he sent (measured with V2Ray 4.34 and Xray 26.7, which need 300 s
 * and more). While he is there the tunnel is left alone, for his origin may read on. Once he has gone, nothing was
 * heard for the grace period and nothing taken for a quarter of it, the others are reset: they stood still, and get
 * another tunnel when they come again. A stall that began before he left ends within the grace period after it.
 *
 * <p>On the tunnel's loop.
 */
final class AbandonedStall {
    static final String REASON =
            "an origin behind its bridge has stopped reading, which holds up all others, and who sent to it has gone";

    /** Of our choice: less lies in the two sockets between a bridge and an origin, and holds up nothing. */
    private static final long HARMLESS_BYTES = 64 * 1024;

    /** In a grace period. */
    private static final int LOOKS = 8;

    private final Tunnel tunnel;
    private final long graceNanos;
    private final LongSupplier clock;
    private boolean watching;
    private long heardNanos;
    private long bytesSent;
    private int looksWithoutMove;

    AbandonedStall(Tunnel tunnel, long graceNanos) {
        this.tunnel = tunnel;
        this.graceNanos = graceNanos;
        this.clock = Loops.nanoTime(tunnel.loop());
    }

    /** A visitor has gone. */
    void ended(MuxSession session) {
        if (!watching && session.bytesSent() > HARMLESS_BYTES) {
            watching = true;
            looksWithoutMove = 0;
            remember();
            lookAgain();
        }
    }

    private void lookAgain() {
        tunnel.loop().schedule(this::look, graceNanos / LOOKS, TimeUnit.NANOSECONDS);
    }

    private void look() {
        boolean heard = tunnel.heardNanos() != heardNanos;
        // one that is not full takes heartbeats, whatever the bridge does
        boolean moved = heard || (isFull() && tunnel.mux().bytesSent() != bytesSent);
        looksWithoutMove = moved ? 0 : looksWithoutMove + 1;
        remember();
        if (tunnel.state() == TunnelState.CLOSED || (heard && !isFull())) {
            watching = false; // it moves, in both directions
        } else if (isStalled() && tunnel.mux().mostSent() <= HARMLESS_BYTES) {
            tunnel.abort(REASON);
        } else {
            lookAgain();
        }
    }

    private boolean isStalled() {
        return (isFull() || tunnel.isSuspect())
                && looksWithoutMove >= LOOKS / 4
                && clock.getAsLong() - heardNanos >= graceNanos;
    }

    private void remember() {
        heardNanos = tunnel.heardNanos();
        bytesSent = tunnel.mux().bytesSent();
    }

    private boolean isFull() {
        return !tunnel.mux().carrier().isWritable();
    }
}
