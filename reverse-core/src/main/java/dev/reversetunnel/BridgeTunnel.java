package dev.reversetunnel;

import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxHello;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.mux.MuxRole;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A tunnel as its bridge sees it: the mux server, which accepts the sessions although it has dialled. */
@SuppressWarnings("NonAtomicVolatileUpdate") // counted on its loop only, read by anybody
final class BridgeTunnel extends Tunnel {
    /** Of our choice: how long a tunnel without a visitor waits for another one before it ends. */
    private static final long LINGER_MILLIS = 1_000;

    /** Of our choice: a portal of ours greets behind its first New; a round trip later at most. */
    private static final long GREETING_MILLIS = 1_000;

    private final MuxBridge bridge;
    private volatile boolean foreign;
    private volatile int wished;
    private @Nullable Destination controlName;
    private volatile int controlSessions;
    private @Nullable Future<?> patienceEnds;
    private boolean leaving;
    private boolean told;

    BridgeTunnel(TunnelIdentity identity, Channel carrier, MuxOptions options, LivenessTimes times, MuxBridge bridge) {
        super(identity, carrier, MuxRole.SERVER, options, times, TunnelState.DIALING);
        this.bridge = bridge;
    }

    /**
     * Reads from now on. All portals open their control session as soon as they have adopted a tunnel. One that does
     * not answer is a VMess server that keeps silent towards a stranger, or no portal at all.
     *
     * @param patience how long it may take to answer
     */
    void start(Duration patience) {
        greet();
        mux().carrier().config().setAutoRead(true);
        patienceEnds = loop().schedule(() -> expire(patience), patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void expire(Duration patience) {
        if (state() == TunnelState.DIALING) {
            end("it did not answer as a portal within " + patience.toMillis()
                    + " ms; are the user id, the domain and the clocks right on both sides?");
        }
    }

    @Override
    public boolean acceptSession(MuxSession session) {
        if (state() == TunnelState.DIALING) {
            on(TunnelState.Event.REGISTERED);
            bridge.registered();
            stopWaiting();
            patienceEnds = loop().schedule(this::expectGreeting, GREETING_MILLIS, TimeUnit.MILLISECONDS);
        }
        if (!ControlName.isControl(session.destination())) {
            return true;
        }
        if (controlName == null) {
            controlName = session.destination();
        }
        // A portal of ours tries names until one is not ended: one is enough for it.
        return controlName.equals(session.destination());
    }

    /** Else a tunnel that is lost at once would be kept in memory until its patience has ended. */
    private void stopWaiting() {
        if (patienceEnds != null) {
            patienceEnds.cancel(false);
            patienceEnds = null;
        }
    }

    private void expectGreeting() {
        if (!mux().isOwnPeer()) {
            foreign = true;
            bridge.demandChanged();
        }
    }

    @Override
    public void greeted(MuxConnection connection) {
        foreign = false;
        MuxHello portal = connection.peer();
        if (portal != null && portal.tunnels() > 0) {
            wished = portal.tunnels();
            bridge.demandChanged();
        }
    }

    /** What it has to do, as far as its bridge must know. */
    TunnelDemand.Load load() {
        // What waits for a slow reader of an extended session is in nobody's way.
        int inTheWay = mux().isOwnPeer() ? 0 : mux().queuedBytes();
        return new TunnelDemand.Load(
                isSuspect(), mux().isBlocked(), foreign, visitors(), mux().openSessions(), inTheWay, wished);
    }

    @Override
    public void sessionOpened(MuxSession session) {
        if (ControlName.isControl(session.destination())) {
            controlSessions++;
            session.pipeline().addLast(new BridgeControl(this::drain));
            session.config().setAutoRead(true);
        } else {
            bridge.accept(session);
        }
    }

    private void drain() {
        if (state() == TunnelState.ACTIVE) {
            on(TunnelState.Event.DRAIN);
            bridge.replace(this);
        }
    }

    /** Is not needed any more: ends behind its last visitor. On its loop. */
    void leave() {
        if (state() == TunnelState.DIALING) {
            end(MuxBridge.NOT_NEEDED);
            return;
        }
        on(TunnelState.Event.DRAIN);
        leaving = true;
        mux().drain();
        leaveWhenIdle();
    }

    /** The portal has been told, and has sent its last New: it closes the tunnel behind the last session. */
    @Override
    public void drainAsked(MuxConnection connection) {
        told = true;
        leaveWhenIdle();
    }

    /**
     * A portal that cannot be told may be sending somebody, and one that has been told closes the tunnel itself: either
     * gets a little time.
     */
    private void leaveWhenIdle() {
        if (leaving && visitors() == 0 && (told || !mux().isOwnPeer()) && state() != TunnelState.CLOSED) {
            loop().schedule(
                            () -> {
                                if (visitors() == 0) {
                                    end("drained");
                                }
                            },
                            LINGER_MILLIS,
                            TimeUnit.MILLISECONDS);
        }
    }

    /** How many visitors it serves. */
    int visitors() {
        return Math.max(0, mux().openSessions() - controlSessions);
    }

    @Override
    public void sessionEnded(MuxSession session) {
        if (ControlName.isControl(session.destination())) {
            controlSessions--;
        }
        leaveWhenIdle();
        bridge.demandChanged();
    }

    @Override
    public void blockedChanged(MuxConnection connection) {
        super.blockedChanged(connection);
        bridge.demandChanged();
    }

    @Override
    void healthChanged() {
        bridge.healthChanged();
    }

    @Override
    void lost(TunnelState before) {
        stopWaiting();
        bridge.lost(this, before);
    }
}
