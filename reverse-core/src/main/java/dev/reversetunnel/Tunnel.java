package dev.reversetunnel;

import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxException;
import dev.reversetunnel.mux.MuxHello;
import dev.reversetunnel.mux.MuxListener;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.mux.MuxRole;
import dev.reversetunnel.mux.MuxSession;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection from a bridge to a portal, as either end sees it. Changed on its loop, looked at from anywhere. */
abstract class Tunnel implements MuxListener {
    private static final Logger log = LoggerFactory.getLogger(Tunnel.class);

    private final String owner;
    private final int number;
    private final String user;
    private final Instant since;
    private final Events events;
    private final @Nullable SocketAddress remote;
    private final MuxConnection mux;
    private final MuxHello self;
    private final Liveness liveness;
    private final TunnelMemory memory;
    /** An array, for it is gone through at each read: an iterator would be what a small request leaves behind. */
    private final CarrierWear[] wearing;

    private final LogLimiter errorLines = new LogLimiter();
    private volatile TunnelState state;
    private final long startedNanos = System.nanoTime();
    private boolean endedHere;
    private String failure = "";
    private String endReason = "the connection was closed by the other end";

    /**
     * Puts a mux on the carrier, which does not read yet.
     *
     * @param carrier gives and takes plain bytes
     */
    Tunnel(
            TunnelIdentity identity,
            Channel carrier,
            MuxRole role,
            MuxOptions options,
            LivenessTimes times,
            TunnelState state) {
        this.owner = identity.owner();
        this.number = identity.number();
        this.user = identity.user();
        this.events = identity.events();
        this.since = identity.since();
        this.self = identity.self();
        InetSocketAddress source = ChannelAddresses.source(carrier);
        this.remote = source == null ? carrier.remoteAddress() : source;
        this.state = state;
        Loops.limitUnsent(carrier);
        this.wearing = carrier.pipeline().toMap().values().stream()
                .filter(CarrierWear.class::isInstance)
                .toArray(CarrierWear[]::new);
        this.memory = TunnelMemory.of(options);
        this.mux = MuxConnection.install(carrier, role, options.budget(memory), this);
        this.liveness = new Liveness(
                mux,
                times,
                role == MuxRole.SERVER,
                () -> Loops.tcpSigns(carrier),
                Loops.nanoTime(carrier.eventLoop()),
                new SplittableRandom(),
                new Health());
    }

    final MuxConnection mux() {
        return mux;
    }

    /** Tells an end of our own make who this is; every other one throws it away. */
    final void greet() {
        mux.hello(self);
    }

    final EventLoop loop() {
        return mux.carrier().eventLoop();
    }

    final TunnelState state() {
        return state;
    }

    final String label() {
        return "tunnel " + number + " of \"" + owner + "\"";
    }

    /** How much of the carrier's life is used up: from 0 to 1, and further if it is not replaced. */
    final double wear() {
        double most = 0;
        for (CarrierWear part : wearing) {
            most = Math.max(most, part.wear());
        }
        return most;
    }

    /** How long it has lived. */
    final Duration age() {
        return Duration.ofNanos(System.nanoTime() - startedNanos);
    }

    /** Whether it was this end that gave it up. */
    final boolean endedHere() {
        return endedHere;
    }

    /** How the connection failed; empty if the other end has closed it in order, as far as one can see. */
    final String failure() {
        return failure;
    }

    final String endReason() {
        return endReason;
    }

    /** Moves on in its life, and tells. */
    final void on(TunnelState.Event event) {
        TunnelState before = state;
        state = before.on(event);
        if (state == before) {
            return;
        }
        switch (state) {
            case ACTIVE -> up();
            case DRAINING -> {
                log.info("{} is draining", label());
                events.tell(listener -> listener.tunnelDraining(snapshot()));
            }
            case CLOSED -> {
                if (before != TunnelState.DIALING) {
                    log.info("{} is down: {}", label(), endReason);
                    events.tell(listener -> listener.tunnelDown(snapshot(), endReason));
                }
            }
            case DIALING -> {}
        }
    }

    final void up() {
        liveness.start();
        log.info("{} is up, with {}", label(), user.isEmpty() ? String.valueOf(remote) : remote + " (" + user + ")");
        events.tell(listener -> listener.tunnelUp(snapshot()));
    }

    /** Tells of the other end's health. */
    private final class Health implements Liveness.Listener {
        @Override
        public void suspect(boolean suspect) {
            log.info("{} {}", label(), suspect ? "does not answer" : "answers again");
            events.tell(listener -> listener.tunnelSuspect(snapshot(), suspect));
            healthChanged();
        }

        @Override
        public void dead(String reason) {
            end(reason);
        }
    }

    /** The tunnel has become suspect, or is alive again. On its loop. */
    void healthChanged() {}

    /** Whether its other end does not answer. */
    final boolean isSuspect() {
        return liveness.isSuspect();
    }

    /** Whether its other end is silent, and was asked. */
    final boolean isAsked() {
        return liveness.isAsked();
    }

    /** When its other end was heard last; comparable among tunnels of one JVM. */
    final long heardNanos() {
        return liveness.heardNanos();
    }

    /** Ends the tunnel and says why. On its loop. */
    final void end(String reason) {
        if (state != TunnelState.CLOSED) {
            endedHere = true;
            endReason = reason;
            mux.carrier().close();
        }
    }

    /** As {@link #end}, and throws away what is under way: nobody takes it. */
    final void abort(String reason) {
        ChannelEnds.resetWhenClosed(mux.carrier(), true);
        end(reason);
    }

    /** As {@link #end}, by any thread; loops that have ended have ended the tunnel, too. */
    final void endSoon(String reason) {
        try {
            loop().execute(() -> end(reason));
        } catch (RejectedExecutionException e) {
            log.debug("{}: its event loop has ended", label());
        }
    }

    final TunnelSnapshot snapshot() {
        return new TunnelSnapshot(
                owner,
                number,
                state,
                liveness.isSuspect() ? TunnelHealth.SUSPECT : TunnelHealth.ALIVE,
                user,
                remote,
                since,
                mux.openSessions(),
                mux.openedSessions(),
                mux.bytesReceived(),
                mux.bytesSent(),
                mux.queuedBytes(),
                mux.isBlocked(),
                roundTrip(),
                wear());
    }

    private @Nullable Duration roundTrip() {
        long pong = mux.roundTripNanos();
        long nanos = pong < 0 ? liveness.roundTripNanos() : pong;
        return nanos < 0 ? null : Duration.ofNanos(nanos);
    }

    @Override
    public void heard(MuxConnection connection) {
        liveness.heard();
        memory.waits(connection.queuedBytes());
    }

    @Override
    public void blockedChanged(MuxConnection connection) {
        liveness.readingChanged();
        boolean blocked = connection.isBlocked();
        log.debug("{} {}", label(), blocked ? "reads nothing: a reader has stopped" : "reads again");
        events.tell(listener -> listener.tunnelBlocked(snapshot(), blocked));
    }

    @Override
    public final void openingsDelayed(MuxConnection connection) {
        events.limits().reached(Limit.NEW_PER_SECOND, label() + ": its other end opens sessions too fast; delayed");
    }

    @Override
    public final void associationEvicted(MuxSession session) {
        events.limits().evicted(label());
    }

    @Override
    public final void datagramDropped(MuxConnection connection) {
        events.datagrams().dropped().increment();
    }

    @Override
    public final void protocolError(MuxConnection connection, MuxException cause) {
        events.limits().reached(label(), cause);
        if (cause.reason().scope() == MuxException.Scope.TUNNEL) {
            if (endedHere) {
                return; // the frame that it was in the middle of was cut by ourselves
            }
            endedHere = true;
            endReason = "the other end broke the protocol: " + cause.getMessage();
        } else if (errorLines.allows()) {
            log.info("{}: {}{}", label(), cause.getMessage(), errorLines.note());
        }
        events.tell(listener -> listener.protocolError(snapshot(), cause));
    }

    @Override
    public final void carrierFailed(MuxConnection connection, Throwable cause) {
        if (!endedHere) {
            failure = cause instanceof IOException
                    ? String.valueOf(cause.getMessage())
                    : cause.getClass().getSimpleName() + ": " + cause.getMessage();
            endReason = failure;
        }
        log.debug("{} failed", label(), cause);
    }

    @Override
    public final void connectionClosed(MuxConnection connection) {
        liveness.stop();
        memory.waits(0);
        TunnelState before = state;
        on(TunnelState.Event.LOST);
        lost(before);
    }

    /** The tunnel is gone. */
    abstract void lost(TunnelState before);
}
