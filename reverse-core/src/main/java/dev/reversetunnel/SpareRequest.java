package dev.reversetunnel;

import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxException;
import dev.reversetunnel.mux.MuxSession;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a bridge that is not ours open another tunnel, before anything stalls the one that it has: V2Ray's and Xray's
 * bridges read a tunnel in one loop, which an origin that stops reading holds up, and whatever could help waits behind
 * it.
 *
 * <p>Such a bridge looks every 2 s, and dials when its tunnels have more than 16 sessions on the average (measured with
 * V2Ray 4.34 and Xray 26.7: 17 in one tunnel, 34 in two, control included; with 16 and 33 it does not). It never closes
 * a tunnel for having too many. So sessions of the control name are opened, to which nothing is said, and ended as soon
 * as the tunnel is there. They lead nowhere: the bridge connects to nobody for them, and writes a line for each at
 * level {@code info}, none above. A bridge that sends all its users to one place, by UDP too, may take them for users,
 * who say nothing; as it does with control sessions of other names than its own.
 *
 * <p>On the tunnel's loop, but for {@link #open()}.
 */
final class SpareRequest {
    /** What a tunnel has to carry on the average: one more than the bridge puts up with. */
    static final int LOAD = TunnelDemand.SESSIONS_PER_TUNNEL + 1;

    /** Nothing is missing. */
    static final int ENOUGH = Integer.MIN_VALUE;

    /** Of our choice, in looks: a bridge looks every 2 s, as we do, and has to dial then. */
    private static final int PATIENCE = 4;

    /**
     * Of our choice. A bridge that is stalled does not hear that a tunnel of it was given up, and counts it, without
     * any session that we know of.
     */
    private static final int MOST_UNSEEN = 3;

    /** Of our choice, in looks: a bridge that was asked in vain is asked again after that. */
    private static final int REST = 60;

    private final MuxConnection mux;
    private final Set<MuxSession> sessions = new HashSet<>();
    private int looks;
    private int opened;
    private boolean wanted;
    private boolean refused;
    private volatile int open;

    SpareRequest(MuxConnection mux) {
        this.mux = mux;
    }

    /**
     * Asks, or goes on asking, or has what was asked for.
     *
     * @param name of a control session that the bridge bears; null if that is not known yet
     * @param missing how many sessions more make the bridge dial, as far as we know; or {@link #ENOUGH}
     */
    void look(@Nullable ControlName name, int missing) {
        if (missing == ENOUGH || refused || name == null) {
            end();
            looks = 0;
            return;
        }
        int unseen = looks++ / PATIENCE;
        if (unseen <= MOST_UNSEEN) {
            wanted = true;
            open(name, missing + unseen * LOAD);
        } else {
            end();
            looks %= REST;
        }
    }

    private void open(ControlName name, int more) {
        try {
            for (int i = 0; i < more; i++) {
                MuxSession session = mux.open(name.destination());
                session.config().setAutoRead(true); // nothing comes but its end
                sessions.add(session);
                opened++;
            }
        } catch (MuxException e) {
            refused = true; // no id or no room left, so the tunnel is about to be replaced, and the next one asks
        }
        open = sessions.size();
    }

    /** A session of the tunnel is over. A bridge that ends one of these takes it for something else. */
    void ended(MuxSession session) {
        if (sessions.remove(session)) {
            open = sessions.size();
            refused |= wanted;
        }
    }

    boolean owns(MuxSession session) {
        return sessions.contains(session);
    }

    /** How many of the tunnel's sessions are for this. Any thread. */
    int open() {
        return open;
    }

    /** How many ever were. */
    int opened() {
        return opened;
    }

    void end() {
        wanted = false;
        List.copyOf(sessions).forEach(MuxSession::close);
    }
}
