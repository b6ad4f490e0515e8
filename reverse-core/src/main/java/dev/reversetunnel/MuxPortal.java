package dev.reversetunnel;

import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.mux.MuxException;
import dev.reversetunnel.mux.MuxHello;
import dev.reversetunnel.mux.MuxOptions;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A portal inside a node: an outbound that reaches destinations through the bridges that have registered. A connection
 * for its own domain becomes a tunnel; every other one becomes a session in a tunnel, and waits a little if there is
 * none.
 */
final class MuxPortal implements Outbound {
    /** Of our choice: how many bridges' dialects are remembered. */
    private static final int MAX_REMEMBERED = 1_024;

    private final String tag;
    private final String domain;
    private final MuxOptions options;
    private final LivenessTimes times;
    private final Duration patience;
    private final int maxWaiting;
    private final Clock clock;
    private final MuxHello self;
    private final Events events;
    private final Accounts accounts;
    private final @Nullable InetAddress address;
    private final TunnelPool pool = new TunnelPool();
    private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waitingCount = new AtomicInteger();
    private final AtomicInteger tunnelNumbers = new AtomicInteger();
    private final Map<String, ControlName> understood = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ControlName> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };
    private volatile boolean closed;

    /** A visitor who is held until a bridge connects. */
    private record Waiting(Request request, long roamingName, Promise<Channel> session, EventLoop loop) {}

    MuxPortal(
            String tag,
            String domain,
            MuxOptions options,
            LivenessTimes times,
            Duration patience,
            int maxWaiting,
            Clock clock,
            Events events,
            Accounts accounts,
            @Nullable InetAddress address) {
        this.tag = tag;
        this.domain = domain;
        this.options = options;
        this.times = times;
        this.patience = patience;
        this.maxWaiting = maxWaiting;
        this.clock = clock;
        this.self = TunnelIdentity.self(clock.instant());
        this.events = events;
        this.accounts = accounts;
        this.address = address;
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

    int waiting() {
        return waitingCount.get();
    }

    // ---- tunnels ----

    @Override
    public void take(Request request, Channel channel, Relay relay) {
        if (request.command() == Command.REVERSE) {
            adopt(request, channel, MuxDialect.VLESS_REVERSE);
        } else if (request.destination().host().equals(domain)) {
            adopt(request, channel, MuxDialect.COOL);
        } else {
            long name = channel instanceof AssociationChannel association ? association.globalId() : 0;
            Promise<Channel> session = session(request, name, relay.dialer(channel));
            if (!session.isDone()) {
                channel.closeFuture().addListener(gone -> {
                    if (!session.isDone()) { // else a stack trace for each visitor, told to nobody
                        session.tryFailure(new TunnelException("the visitor has gone"));
                    }
                });
            }
            relay.join(request, channel, session);
        }
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
        String bridge = identity(request);
        PortalTunnel tunnel = new PortalTunnel(
                identity,
                channel,
                options.dialect(dialect),
                times,
                this,
                recall(bridge),
                name -> remember(bridge, name));
        pool.add(tunnel);
        tunnel.start();
    }

    /** A tunnel may be picked from now on. */
    void settled() {
        admitWaiting();
    }

    private static String identity(Request request) {
        InetSocketAddress source = request.source();
        return request.user() + '@' + (source == null ? "" : source.getHostString());
    }

    private @Nullable ControlName recall(String bridge) {
        synchronized (understood) {
            return understood.get(bridge);
        }
    }

    private void remember(String bridge, ControlName name) {
        synchronized (understood) {
            understood.put(bridge, name);
        }
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
        return session(request, 0, dialer);
    }

    private Promise<Channel> session(Request request, long roamingName, Dialer dialer) {
        Promise<Channel> session = dialer.loop().newPromise();
        PortalTunnel tunnel = pool.pick(dialer.loop());
        Waiting visitor = new Waiting(request, roamingName, session, dialer.loop());
        String full = tunnel == null ? pool.full() : null;
        if (tunnel != null) {
            open(tunnel, visitor);
        } else if (full != null) {
            session.tryFailure(
                    new RefusedException(full)); // waiting would not help: another tunnel of his is full, too
        } else {
            hold(visitor);
        }
        return session;
    }

    private void open(PortalTunnel tunnel, Waiting visitor) {
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
            if (!session.trySuccess(opened)) {
                ChannelEnds.reset(opened);
            }
        } catch (MuxException e) {
            // Full or lost since it was picked.
            PortalTunnel another = pool.pick(tunnel.loop());
            if (another != null && another != tunnel) {
                open(another, visitor);
            } else if (!tunnel.mux().carrier().isActive()) {
                hold(visitor); // lost in this moment: its bridge may be back soon
            } else {
                session.tryFailure(new TunnelException(
                        "the tunnel of portal \"" + tag + "\" takes no more: " + e.getMessage()
                                + "; let the bridge open more tunnels",
                        e));
            }
        }
    }

    private void hold(Waiting held) {
        Promise<Channel> session = held.session();
        if (closed || waitingCount.incrementAndGet() > maxWaiting) {
            waitingCount.decrementAndGet();
            if (!closed) {
                events.limits().reached(Limit.WAITING_FOR_BRIDGE, "portal \"" + tag + "\": a visitor more was refused");
            }
            session.tryFailure(
                    noBridge(closed ? "; the portal is closed" : "; " + maxWaiting + " visitors wait already"));
            return;
        }
        waiting.add(held);
        var timeout = held.loop()
                .schedule(() -> session.tryFailure(noBridge("")), patience.toMillis(), TimeUnit.MILLISECONDS);
        session.addListener(done -> {
            waitingCount.decrementAndGet();
            waiting.remove(held);
            timeout.cancel(false);
        });
        if (pool.pick(held.loop()) != null) { // one came between the two looks
            admitWaiting();
        }
    }

    private TunnelException noBridge(String detail) {
        return new TunnelException("no bridge is connected to portal \"" + tag + "\"; is one running "
                + (domain.equals(ControlName.REVERSE) ? "" : "with domain " + domain)
                + ", and does it reach this machine?" + detail);
    }

    private void admitWaiting() {
        for (PortalTunnel tunnel = pool.pick(null); tunnel != null; tunnel = pool.pick(null)) {
            Waiting held = waiting.poll();
            if (held == null) {
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
        for (Waiting held = waiting.poll(); held != null; held = waiting.poll()) {
            held.session().tryFailure(new TunnelException("portal \"" + tag + "\" is closed"));
        }
    }

    @Override
    public String toString() {
        return "portal \"" + tag + "\"";
    }
}
