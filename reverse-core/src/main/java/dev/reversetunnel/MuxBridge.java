package dev.reversetunnel;

import dev.reversetunnel.Dispatcher.Registered;
import dev.reversetunnel.mux.MuxFrame;
import dev.reversetunnel.mux.MuxHello;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bridge inside a node: keeps tunnels to its portal up, opens more as load grows and fewer as it goes, and hands what
 * comes through them to the dispatcher. Its own decisions are made on one loop, its home; its tunnels may live on
 * others.
 */
final class MuxBridge {
    private static final Logger log = LoggerFactory.getLogger(MuxBridge.class);

    /** Why a tunnel is ended whose bridge rests. */
    static final String NOT_NEEDED = "it is not needed any more";

    /** A tunnel that lived for this long was a success, however it ended; or one that had a visitor. */
    private static final Duration PROVED_AFTER = Duration.ofSeconds(1);

    private final String tag;
    private final Destination rendezvous;
    private final MuxOptions options;
    private final LivenessTimes times;
    private final TunnelDemand demand;
    private final Duration registrationTimeout;
    private final Dispatcher dispatcher;
    private final Loops loops;
    private final EventLoop home;
    private final Clock clock;
    private final MuxHello self;
    private final Events events;
    private final Backoff backoff = new Backoff(new SecureRandom());
    private final DialLog dialLog = new DialLog(System::nanoTime);
    private final List<BridgeTunnel> tunnels = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final AtomicInteger tunnelNumbers = new AtomicInteger();
    private final RoamingDatagrams datagrams;
    private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
    private final AtomicBoolean looking = new AtomicBoolean();
    private boolean dialing;
    private @Nullable Future<?> nextDial;
    private @Nullable Future<?> nextShrink;
    private volatile boolean resting;
    private volatile boolean draining;
    private volatile boolean closed;
    private volatile @Nullable TunnelException lastFailure;

    MuxBridge(
            String tag,
            String domain,
            MuxOptions options,
            LivenessTimes times,
            TunnelDemand demand,
            Duration registrationTimeout,
            Dispatcher dispatcher,
            Loops loops,
            Clock clock,
            MuxHello self,
            Events events) {
        this.tag = tag;
        this.rendezvous = Destination.tcp(domain, 0);
        this.datagrams = new RoamingDatagrams(options.budget());
        this.options = options;
        this.times = times;
        this.demand = demand;
        this.registrationTimeout = registrationTimeout;
        this.dispatcher = dispatcher;
        this.loops = loops;
        this.home = loops.group().next();
        this.clock = clock;
        this.self = self;
        this.events = events;
    }

    String tag() {
        return tag;
    }

    String domain() {
        return rendezvous.host();
    }

    List<BridgeTunnel> tunnels() {
        return tunnels;
    }

    /** Completes when a portal has answered for the first time. */
    CompletableFuture<Void> ready() {
        return ready;
    }

    /** Why the last attempt failed; null if there was none since the last tunnel came up. */
    @Nullable
    TunnelException lastFailure() {
        return lastFailure;
    }

    EventLoop home() {
        return home;
    }

    /** Whether there is a tunnel that takes sessions, and whose other end answers. */
    boolean isUp() {
        return tunnels.stream().anyMatch(tunnel -> tunnel.state() == TunnelState.ACTIVE && !tunnel.isSuspect());
    }

    /** Whether it wants no tunnels now. */
    boolean isResting() {
        return resting;
    }

    /** Is told on some loop when a tunnel came or went, or could not be had. */
    void onChange(Runnable watcher) {
        watchers.add(watcher);
    }

    void start() {
        atHome(this::keepUp);
    }

    /** Wants tunnels again. */
    void wake() {
        if (draining) {
            return;
        }
        log.info("bridge \"{}\" is needed, and dials", tag);
        resting = false;
        atHome(() -> {
            backoff.succeeded();
            keepUp();
        });
    }

    /** Wants no tunnels: those that there are take no more sessions, and end behind their last one. */
    void rest() {
        resting = true;
        atHome(() -> {
            if (nextDial != null) {
                nextDial.cancel(false);
                nextDial = null;
            }
            cancelShrinking();
            tunnels.forEach(tunnel -> tunnel.loop().execute(tunnel::leave));
        });
    }

    /** As {@link #rest()}, for good. */
    void drain() {
        draining = true;
        rest();
    }

    boolean hasTunnels() {
        return !tunnels.isEmpty();
    }

    BridgeSnapshot snapshot() {
        TunnelException failure = lastFailure;
        BridgeState state = isUp() ? BridgeState.UP : resting ? BridgeState.RESTING : BridgeState.CONNECTING;
        return new BridgeSnapshot(
                tag, state, tunnels.size(), visitors(), failure == null ? "" : String.valueOf(failure.getMessage()));
    }

    /** On the home loop; an application may have ended its loops before the bridge. */
    void atHome(Runnable task) {
        if (home.isShuttingDown()) {
            return;
        }
        try {
            home.execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("bridge \"{}\": its event loop has ended", tag);
        }
    }

    // ---- tunnels: all on the home loop ----

    /** Dials when there are too few tunnels for the load. One dial at a time; what fails is tried again later. */
    private void keepUp() {
        if (closed || resting || dialing || nextDial != null) {
            return;
        }
        List<TunnelDemand.Load> active = new ArrayList<>();
        for (BridgeTunnel tunnel : tunnels) {
            if (tunnel.state() == TunnelState.ACTIVE) {
                active.add(tunnel.load());
            }
        }
        if (demand.wantsAnother(active)) {
            dial();
        }
        if (!demand.canSpareOne(active)) {
            cancelShrinking();
        } else if (nextShrink == null) {
            nextShrink = home.schedule(this::shrink, demand.idle().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** There has been a tunnel too many for a while: the one with the fewest visitors ends behind its last one. */
    private void shrink() {
        nextShrink = null;
        tunnels.stream()
                .filter(tunnel ->
                        tunnel.state() == TunnelState.ACTIVE && tunnel.mux().isOwnPeer())
                .min(Comparator.comparingInt(BridgeTunnel::visitors))
                .ifPresent(tunnel -> tunnel.loop().execute(tunnel::leave));
    }

    private void cancelShrinking() {
        if (nextShrink != null) {
            nextShrink.cancel(false);
            nextShrink = null;
        }
    }

    private void dial() {
        if (closed || resting) {
            return;
        }
        dialing = true;
        Request registration = new Request(rendezvous, tag);
        dispatcher.register(registration, loops.group().next()).addListener((Future<Registered> dialled) -> {
            if (dialled.isSuccess()) {
                Registered registered = dialled.getNow();
                registered.carrier().eventLoop().execute(() -> attach(registered));
            } else {
                atHome(() -> failed(dialled.cause()));
            }
        });
    }

    private void attach(Registered registered) {
        Channel carrier = registered.carrier();
        if (closed || !carrier.isActive()) {
            carrier.close();
            atHome(() -> failed(closedEarly("")));
            return;
        }
        TunnelIdentity identity =
                new TunnelIdentity(tag, tunnelNumbers.incrementAndGet(), "", clock.instant(), events, null, self);
        BridgeTunnel tunnel = new BridgeTunnel(identity, carrier, options.dialect(registered.dialect()), times, this);
        tunnels.add(tunnel);
        if (closed || resting) { // since it was looked at above: close() may have missed this tunnel
            tunnel.end(closed ? "the bridge is closed" : NOT_NEEDED);
        } else {
            tunnel.start(registrationTimeout);
        }
    }

    private TunnelException closedEarly(String detail) {
        return new TunnelException("the portal closed the connection before it had registered"
                + (detail.isEmpty() ? "" : " (" + detail + ")")
                + (domain().equals(ControlName.REVERSE)
                        ? "; may the user register there, and is his id right?"
                        : "; is the domain " + domain()
                                + " the same there, may the user register it, and are his id or key and the clocks"
                                + " right?"));
    }

    private void failed(@Nullable Throwable cause) {
        dialing = false;
        if (closed || resting) {
            return;
        }
        TunnelException failure = cause instanceof TunnelException known
                ? known
                : new TunnelException("no tunnel: " + (cause == null ? "unknown" : cause.getMessage()), cause);
        lastFailure = failure;
        Duration atOnce = backoff.next();
        Duration wait = atOnce.isZero() ? backoff.next() : atOnce; // the attempt at once was this one
        String reason = String.valueOf(failure.getMessage());
        dialLog.failed(reason, wait)
                .ifPresentOrElse(
                        news -> log.warn("bridge \"{}\": {}", tag, news),
                        () -> log.debug("bridge \"{}\": {} (next in {} ms)", tag, reason, wait.toMillis()));
        events.tell(listener -> listener.dialFailed(tag, failure, wait));
        if (nextDial == null) {
            nextDial = home.schedule(
                    () -> {
                        nextDial = null;
                        dial();
                    },
                    wait.toMillis(),
                    TimeUnit.MILLISECONDS);
        }
        watchers.forEach(Runnable::run);
    }

    /** The portal has answered. Called on the tunnel's loop, as the others below. */
    void registered() {
        atHome(() -> {
            dialing = false;
            lastFailure = null;
            ready.complete(null);
            watchers.forEach(Runnable::run);
            keepUp();
        });
    }

    /** A tunnel was told to drain: its replacement is dialled now. */
    void replace(BridgeTunnel tunnel) {
        atHome(() -> {
            redial(tunnel);
            watchers.forEach(Runnable::run);
        });
    }

    /** A tunnel does not answer, or answers again. */
    void healthChanged() {
        demandChanged();
        atHome(() -> watchers.forEach(Runnable::run));
    }

    /** Its tunnels are more or less loaded than before, or do not answer. */
    void demandChanged() {
        if (looking.compareAndSet(false, true)) {
            atHome(() -> {
                looking.set(false);
                keepUp();
            });
        }
    }

    void lost(BridgeTunnel tunnel, TunnelState before) {
        tunnels.remove(tunnel);
        atHome(() -> {
            if (before == TunnelState.DIALING) {
                failed(tunnel.endedHere() ? new TunnelException(tunnel.endReason()) : closedEarly(tunnel.failure()));
                return;
            }
            redial(tunnel);
            watchers.forEach(Runnable::run);
        });
    }

    /** A tunnel is not to be counted on: another is dialled at once, unless the last ones were lost early, too. */
    private void redial(BridgeTunnel lost) {
        if (lost.age().compareTo(PROVED_AFTER) >= 0 || lost.mux().openedSessions() > 1) {
            backoff.succeeded();
            dialLog.succeeded();
        }
        if (closed || resting || dialing || nextDial != null) {
            return;
        }
        Duration wait = backoff.next();
        if (wait.isZero()) {
            keepUp();
        } else {
            nextDial = home.schedule(
                    () -> {
                        nextDial = null;
                        keepUp();
                    },
                    wait.toMillis(),
                    TimeUnit.MILLISECONDS);
        }
    }

    // ---- sessions ----

    /** Somebody came through a tunnel. */
    void accept(MuxSession session) {
        datagrams.accept(
                new Request(
                        session.destination(),
                        tag,
                        "",
                        Grant.CONNECT,
                        address(session.visitor(), true),
                        address(session.visitor(), false)),
                session,
                dispatcher);
        demandChanged();
    }

    private static @Nullable InetSocketAddress address(MuxFrame.@Nullable Visitor visitor, boolean source) {
        if (visitor == null || visitor.local() == null) {
            return null; // a receiver uses both or none
        }
        Destination address = source ? visitor.source() : visitor.local();
        return address.address() == null
                ? InetSocketAddress.createUnresolved(address.host(), address.port())
                : new InetSocketAddress(address.address(), address.port());
    }

    /** How many sessions are open, control sessions left out. */
    int visitors() {
        return tunnels.stream().mapToInt(BridgeTunnel::visitors).sum();
    }

    void close() {
        closed = true;
        for (BridgeTunnel tunnel : List.copyOf(tunnels)) {
            tunnel.endSoon("the bridge is closed");
        }
        atHome(() -> {
            if (nextDial != null) {
                nextDial.cancel(false);
            }
            cancelShrinking();
        });
        ready.completeExceptionally(new TunnelException("bridge \"" + tag + "\" was closed"));
    }
}
