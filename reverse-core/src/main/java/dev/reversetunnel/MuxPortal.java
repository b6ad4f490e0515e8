package dev.reversetunnel;

import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.mux.MuxException;
import dev.reversetunnel.mux.MuxHello;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A portal inside a node: an outbound that reaches destinations through the bridges that have registered. A connection
 * for its own domain becomes a tunnel; every other one becomes a session in a tunnel, and waits a little if there is
 * none.
 */
final class MuxPortal implements Outbound {
    /** Of our choice: a bridge that is not ours is asked for no more, whatever becomes of those that it has. */
    private static final int MOST_TUNNELS = 8;

    private final String tag;
    private final String domain;
    private final PortalSettings settings;
    private final Clock clock;
    private final MuxHello self;
    private final Events events;
    private final Accounts accounts;
    private final @Nullable InetAddress address;
    private final TunnelPool pool;
    private final WaitingVisitors waiting;
    private final AtomicInteger tunnelNumbers = new AtomicInteger();
    private final RememberedNames understood = new RememberedNames();
    private volatile boolean closed;

    /**
     * One without tunnels.
     *
     * @param address of its bridge in a private network; null if there is none
     */
    MuxPortal(
            String tag,
            String domain,
            PortalSettings settings,
            Clock clock,
            Events events,
            Accounts accounts,
            @Nullable InetAddress address) {
        this.tag = tag;
        this.domain = domain;
        this.settings = settings;
        this.clock = clock;
        this.self = TunnelIdentity.self(UUID.randomUUID(), clock.instant(), settings.tunnelsPerBridge());
        this.events = events;
        this.accounts = accounts;
        this.pool = new TunnelPool(settings.policy());
        this.address = address;
        this.waiting = new WaitingVisitors(settings.maxWaiting(), settings.patience(), () -> noBridge(""));
    }

    /** Whether its bridge is a member of a private network, who is told whom he serves whatever he is. */
    boolean isPrivate() {
        return address != null;
    }

    /** Which address a visitor has reached, as the bridge is told: its own in a private network. */
    @Nullable
    InetSocketAddress reached(Request request) {
        return address == null
                ? request.local()
                : new InetSocketAddress(address, request.destination().port());
    }

    String tag() {
        return tag;
    }

    String domain() {
        return domain;
    }

    TunnelPool pool() {
        return pool;
    }

    boolean hasTunnel() {
        return pool.pick(null) != null;
    }

    /** Whether there is one of a bridge that was not tried. */
    boolean hasTunnel(Request request, Set<BridgeIdentity> tried) {
        return pool.pick(null, request.source(), tried) != null;
    }

    int waiting() {
        return waiting.count();
    }

    // ---- tunnels ----

    @Override
    public void take(Request request, Channel channel, Relay relay) {
        if (request.command() == Command.REVERSE) {
            adopt(request, channel, MuxDialect.VLESS_REVERSE);
        } else if (request.destination().host().equals(domain)) {
            adopt(request, channel, MuxDialect.COOL);
        } else if (request.destination().network() == Network.TCP && pool.hasSeveralBridges()) {
            new SessionRetry(channel, request, relay, this).start();
        } else {
            relay.join(request, channel, session(request, new HashSet<>(0), relay.dialer(channel), channel));
        }
    }

    /**
     * Opens a session for a visitor who is there.
     *
     * @param tried the bridges that he was sent to; the next one is added
     */
    Future<Channel> session(Request request, Set<BridgeIdentity> tried, Dialer dialer, Channel visitor) {
        long name = visitor instanceof AssociationChannel association ? association.globalId() : 0;
        Promise<Channel> session = session(request, name, tried, dialer);
        if (!session.isDone()) {
            visitor.closeFuture().addListener(gone -> {
                if (!session.isDone()) { // else a stack trace for each visitor, told to nobody
                    session.tryFailure(new TunnelException("the visitor has gone"));
                }
            });
        }
        return session;
    }

    /** Makes a tunnel of the channel. Whether its user may do that was decided before. */
    private void adopt(Request request, Channel channel, MuxDialect dialect) {
        if (closed || !channel.isActive()) {
            ChannelEnds.reset(channel);
            return;
        }
        TunnelIdentity identity = new TunnelIdentity(
                tag,
                tunnelNumbers.incrementAndGet(),
                request.user(),
                clock.instant(),
                events,
                accounts.of(request),
                self);
        BridgeIdentity bridge = BridgeIdentity.of(request);
        PortalTunnel tunnel = new PortalTunnel(
                identity,
                channel,
                settings.mux().dialect(dialect),
                settings.times(),
                bridge,
                this,
                understood.of(bridge.name()),
                name -> understood.remember(bridge.name(), name));
        pool.add(tunnel);
        tunnel.start();
    }

    /** A tunnel may be picked from now on. */
    void settled() {
        admitWaiting();
    }

    /** A session has ended: if all tunnels were full, somebody may be waiting for that. */
    void roomMade() {
        if (waiting.count() > 0) {
            admitWaiting();
        }
    }

    /** It is known by now whose a tunnel is. */
    void introduced(PortalTunnel tunnel, BridgeIdentity before) {
        pool.introduced(tunnel, before);
    }

    /** Whether it is of an older start of a bridge whose next one has proved itself: that lives, and dials again. */
    boolean isOutdated(PortalTunnel tunnel) {
        for (PortalTunnel other : pool.all()) {
            if (other.isProved() && tunnel.bridge().isBefore(other.bridge())) {
                return true;
            }
        }
        return false;
    }

    /**
     * A bridge of our make has answered by a tunnel for the first time, so its bridge lives and has found its way here.
     * An older start of it is replaced, at this moment and not before; what may be an older start has to be heard of,
     * too, or is picked last.
     */
    void proved(PortalTunnel tunnel) {
        for (PortalTunnel other : pool.all()) {
            if (other == tunnel || other.isReplaced()) {
                continue;
            }
            if (other.bridge().isBefore(tunnel.bridge())) {
                other.replace();
            } else if (other.bridge().mayBeBefore(tunnel.bridge())) {
                other.doubt();
            }
        }
    }

    /**
     * How many sessions more make a bridge that is not ours open another tunnel, by its own rule, if it has too few
     * that serve, and this is the one to ask by. It may be more than one bridge: those behind one credential and
     * address are told apart by nothing.
     */
    int missingForSpare(PortalTunnel asking) {
        int tunnels = 0;
        int serving = 0;
        int sessions = 0;
        PortalTunnel first = null;
        for (PortalTunnel tunnel : pool.of(asking.bridge())) {
            if (tunnel.state() != TunnelState.ACTIVE) {
                continue; // a bridge forgets a tunnel that drains
            }
            if (++tunnels == MOST_TUNNELS) {
                return SpareRequest.ENOUGH;
            }
            sessions += tunnel.mux().openSessions();
            if (tunnel.isSuspect() || !tunnel.mux().carrier().isWritable()) {
                continue;
            }
            first = first == null ? tunnel : first;
            if (!tunnel.mux().isBlocked()) {
                serving++;
            }
        }
        return serving > settings.spares() || first != asking || !asking.allowsAnother()
                ? SpareRequest.ENOUGH
                : SpareRequest.LOAD * tunnels - sessions;
    }

    /** A tunnel is gone: nobody gets it any more. */
    void lost(PortalTunnel tunnel) {
        pool.remove(tunnel);
    }

    // ---- visitors ----

    /** A session for several targets is for tunnels whose bridges are known to read them: V2Ray's misdeliver. */
    @Override
    public boolean sharesDatagrams(Request request) {
        boolean any = false;
        for (PortalTunnel tunnel : pool.all()) {
            if (!tunnel.mux().readsTargets()) {
                return false;
            }
            any = true;
        }
        return any;
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        return session(request, 0, new HashSet<>(0), dialer);
    }

    private Promise<Channel> session(Request request, long roamingName, Set<BridgeIdentity> tried, Dialer dialer) {
        Promise<Channel> session = dialer.loop().newPromise();
        PortalTunnel tunnel = pool.pick(dialer.loop(), request.source(), tried);
        PendingVisitor visitor = new PendingVisitor(request, roamingName, tried, session, dialer.loop());
        Account full = tunnel == null ? pool.full() : null;
        if (tunnel != null) {
            open(tunnel, visitor);
        } else if (full != null) {
            session.tryFailure(new RefusedException(
                    full.refuseSession())); // waiting would not help: another tunnel of his is full, too
        } else {
            hold(visitor);
        }
        return session;
    }

    private void open(PortalTunnel tunnel, PendingVisitor visitor) {
        if (!tunnel.loop().inEventLoop()) {
            tunnel.loop().execute(() -> open(tunnel, visitor));
            return;
        }
        Promise<Channel> session = visitor.session();
        if (session.isDone()) {
            return; // he has gone, or his time is up
        }
        try {
            Channel opened = tunnel.open(visitor.request(), visitor.roamingName());
            visitor.tried().add(tunnel.bridge());
            if (!session.trySuccess(opened)) {
                ChannelEnds.reset(opened);
            }
        } catch (MuxException e) {
            // Full or lost since it was picked.
            PortalTunnel another = pool.pick(tunnel.loop(), visitor.request().source(), visitor.tried());
            if (another != null && another != tunnel) {
                open(another, visitor);
            } else if (!tunnel.mux().carrier().isActive() || tunnel.isReplaced()) {
                hold(visitor); // lost in this moment, or left: its bridge may be back soon, or its next start
            } else {
                session.tryFailure(new TunnelException(
                        "the tunnel of portal \"" + tag + "\" takes no more: " + e.getMessage()
                                + "; let the bridge open more tunnels",
                        e));
            }
        }
    }

    private void hold(PendingVisitor visitor) {
        if (closed) {
            visitor.session().tryFailure(noBridge("; the portal is closed"));
        } else if (!waiting.hold(visitor)) {
            events.limits().reached(Limit.WAITING_FOR_BRIDGE, "portal \"" + tag + "\": a visitor more was refused");
            visitor.session().tryFailure(noBridge("; " + settings.maxWaiting() + " visitors wait already"));
        } else if (pool.pick(visitor.loop()) != null) { // one came between the two looks
            admitWaiting();
        }
    }

    private TunnelException noBridge(String detail) {
        if (pool.isFull()) {
            return new TunnelException("all tunnels of portal \"" + tag
                    + "\" have as many sessions as they may; let the" + " bridge open more tunnels" + detail);
        }
        return new TunnelException("no bridge is connected to portal \"" + tag + "\"; is one running "
                + (domain.equals(ControlName.REVERSE) ? "" : "with domain " + domain)
                + ", and does it reach this machine?" + detail);
    }

    private void admitWaiting() {
        while (hasTunnel()) {
            PendingVisitor held = waiting.next();
            if (held == null) {
                return;
            }
            PortalTunnel tunnel = pool.pick(held.loop(), held.request().source(), held.tried());
            if (tunnel == null) { // gone in this moment
                waiting.putBack(held);
                return;
            }
            open(tunnel, held);
        }
    }

    // ---- ends ----

    /** Ends what a user has registered. */
    void end(Account account, String reason) {
        for (PortalTunnel tunnel : pool.all()) {
            if (tunnel.belongsTo(account)) {
                tunnel.endSoon(reason);
            }
        }
    }

    /** Tells all bridges that no new sessions come by their tunnels. */
    void drain() {
        for (PortalTunnel tunnel : pool.all()) {
            tunnel.loop().execute(tunnel::drain);
        }
    }

    /** How many visitors are served now. */
    int visitors() {
        return pool.all().stream().mapToInt(PortalTunnel::visitors).sum();
    }

    void close() {
        closed = true;
        for (PortalTunnel tunnel : List.copyOf(pool.all())) {
            tunnel.endSoon("the portal is closed");
        }
        for (PendingVisitor held = waiting.next(); held != null; held = waiting.next()) {
            held.session().tryFailure(new TunnelException("portal \"" + tag + "\" is closed"));
        }
    }

    @Override
    public String toString() {
        return "portal \"" + tag + "\"";
    }
}
