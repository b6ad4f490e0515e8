package dev.reversetunnel;

import java.time.Duration;
import java.util.List;

/**
 * Whether a bridge dials another tunnel, or lets one go, as its tunnels are now.
 *
 * <p>A portal that is not ours gives a visitor the tunnel with the fewest sessions. Towards such a one a few idle
 * tunnels are kept, so that the first visitors have one each, and with it TCP's own backpressure: they cannot stop each
 * other.
 *
 * @param least that answer
 * @param most as load grows
 * @param spares that are idle, on top of the least, where the portal is not ours
 * @param queuedBytes how many bytes that wait for slow readers are a load, on the average of the tunnels
 * @param idle for how long one must have been too many before it is let go
 * @param loops event loops of the bridge: so many tunnels are carried by a processor each
 * @param maxSessions how many a tunnel can have at all
 */
record TunnelDemand(int least, int most, int spares, int queuedBytes, Duration idle, int loops, int maxSessions) {
    /** As V2Ray and Xray: another tunnel when their sessions, control included, are more than this on the average. */
    static final int SESSIONS_PER_TUNNEL = 16;

    /**
     * Of our choice, between our own ends and as soon as each event loop has a tunnel. Sessions with credit do not stop
     * each other, and the fewer tunnels, the more of their bytes go by one call: 64 users who ask for something small
     * get a fifth more answers by one tunnel than by eight. One connection for all, on the other side, would make all
     * of them wait for each packet that is lost.
     */
    static final int OWN_SESSIONS_PER_TUNNEL = 128;

    /**
     * Of our choice: a tunnel that has so small a part of what it can have takes a crowd until the next one is there.
     */
    private static final int PART = 4;

    /** Of our choice: those that do not answer count for nothing, yet not without end, for they may never be cut. */
    private static final int MOST_IN_ALL = 2;

    /**
     * A tunnel that is up and does not drain.
     *
     * @param suspect its portal does not answer
     * @param blocked a slow reader has stopped it
     * @param foreign its portal is not of our make
     * @param visitors of its sessions, control left out
     * @param sessions all of them
     * @param queuedBytes what waits for slow readers
     * @param wished how many tunnels its portal would like to have; 0 for no wish
     */
    record Load(
            boolean suspect,
            boolean blocked,
            boolean foreign,
            int visitors,
            int sessions,
            int queuedBytes,
            int wished) {}

    boolean wantsAnother(List<Load> active) {
        if (active.size() >= MOST_IN_ALL * most) {
            return false;
        }
        Sum answering = new Sum();
        for (Load load : active) {
            if (!load.suspect()) {
                answering.add(load);
            }
        }
        if (answering.tunnels < least(answering)) {
            return true;
        }
        return answering.tunnels < most && (isLoaded(answering) || lacksSpares(answering));
    }

    /**
     * Whether one less would do, also if half as much again were asked for. Between our own ends only, where the portal
     * is told that a tunnel is about to go: V2Ray 4.34 gives visitors to one that has gone, for half a minute.
     */
    boolean canSpareOne(List<Load> active) {
        Sum all = new Sum();
        for (Load load : active) {
            if (load.foreign() || load.suspect() || load.blocked()) {
                return false;
            }
            all.add(load);
        }
        return all.tunnels > least(all)
                && all.sessions <= (all.tunnels - 1) * fitting(all.tunnels - 1, all) * 2 / 3
                && !isLoaded(all);
    }

    /** What is kept up always, with what the portal wishes, which does not change what is allowed. */
    private int least(Sum tunnels) {
        return Math.max(least, Math.min(tunnels.wished, most));
    }

    private boolean isLoaded(Sum answering) {
        int usable = answering.tunnels - answering.blocked;
        return usable < least
                || answering.sessions / usable > fitting(usable, answering)
                || answering.queuedBytes / answering.tunnels > queuedBytes;
    }

    /** How many sessions a tunnel may have on the average, if there are so many tunnels. */
    private int fitting(int tunnels, Sum all) {
        return all.foreign || tunnels < loops
                ? SESSIONS_PER_TUNNEL
                : Math.max(SESSIONS_PER_TUNNEL, Math.min(OWN_SESSIONS_PER_TUNNEL, maxSessions / PART));
    }

    private boolean lacksSpares(Sum answering) {
        return answering.foreign && (answering.idle < spares || answering.tunnels < least + spares);
    }

    /** Of some tunnels. Asked for each session that comes or goes, so it is made in one go. */
    private static final class Sum {
        private int tunnels;
        private int blocked;
        /** How many nobody uses, though he could. */
        private int idle;
        /** Of those that are not blocked. */
        private int sessions;

        private long queuedBytes;
        /** The most that a portal wishes. */
        private int wished;
        /** Whether one of the portals is not ours. */
        private boolean foreign;

        void add(Load load) {
            tunnels++;
            queuedBytes += load.queuedBytes();
            wished = Math.max(wished, load.wished());
            foreign |= load.foreign();
            if (load.blocked()) {
                blocked++;
                return;
            }
            sessions += load.sessions();
            if (load.visitors() == 0) {
                idle++;
            }
        }
    }
}
