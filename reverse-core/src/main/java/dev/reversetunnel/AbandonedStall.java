package dev.reversetunnel;

import dev.reversetunnel.mux.MuxSession;
import java.util.concurrent.TimeUnit;

/**
 * Gives up a tunnel to a bridge that is not ours when nobody is left for whose sake it stands still.
 *
 * <p>An origin behind V2Ray's or Xray's bridge that stops reading holds up all of its tunnel, also when the visitor who
 * sent to it has gone: that he has waits behind what he sent (measured with V2Ray 4.34 and Xray 26.7, which need 300 s
 * and more). While he is there the tunnel is left alone, for his origin may read on. Once he has gone, nothing was
 * heard and nothing taken for the grace period, the others are reset: they stood still as long, and get another tunnel
 * when they come again.
 *
 * <p>On the tunnel's loop.
 */
final class AbandonedStall {
    static final String REASON =
            "an origin behind its bridge has stopped reading, which holds up all others, and who sent to it has gone";

    /** Of our choice: less lies in the two sockets between a bridge and an origin, and holds up nothing. */
    private static final long HARMLESS_BYTES = 64 * 1024;

    private final Tunnel tunnel;
    private final long graceMillis;
    private boolean watching;

    /** What had moved when the grace period began. */
    private record Moved(long heardNanos, long bytesSent) {}

    AbandonedStall(Tunnel tunnel, long graceMillis) {
        this.tunnel = tunnel;
        this.graceMillis = graceMillis;
    }

    /** A visitor has gone. */
    void ended(MuxSession session) {
        if (!watching && session.bytesSent() > HARMLESS_BYTES) {
            watching = true;
            watch();
        }
    }

    private void watch() {
        Moved before = moved();
        tunnel.loop().schedule(() -> judge(before), graceMillis, TimeUnit.MILLISECONDS);
    }

    private void judge(Moved before) {
        if (!isStalled()) {
            watching = false;
        } else if (stands(before) && tunnel.mux().mostSent() <= HARMLESS_BYTES) {
            tunnel.abort(REASON);
        } else {
            watch();
        }
    }

    private boolean isStalled() {
        return tunnel.state() != TunnelState.CLOSED && (isFull() || tunnel.isSuspect());
    }

    /** A tunnel that is not full takes heartbeats, whatever the bridge does. */
    private boolean stands(Moved before) {
        Moved now = moved();
        return now.heardNanos == before.heardNanos && (!isFull() || now.bytesSent == before.bytesSent);
    }

    private boolean isFull() {
        return !tunnel.mux().carrier().isWritable();
    }

    private Moved moved() {
        return new Moved(tunnel.heardNanos(), tunnel.mux().bytesSent());
    }
}
