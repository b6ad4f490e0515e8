package dev.reversetunnel;

import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The only place where an inbound meets an outbound. Asks who may do what, asks the router, hands over.
 *
 * <p>What is a tunnel and what is a visitor is decided here: a connection for a portal's domain, by a user who may
 * register, that a rule sends to that portal, is a tunnel. For anybody else the domain does not exist.
 */
final class Dispatcher implements RequestHandler {
    private final Router router;
    private final ExitLoads loads;
    private final List<MuxPortal> portals;
    private final Set<String> bridgeDomains;
    private final MuxOptions mux;
    private final Refusals refusals;
    private final Accounts accounts;
    private final ChannelRelay relay;
    private final MemoryBudget memory;
    private final Map<String, DialGate> gates;
    private final Datagrams datagrams;
    private final Map<String, RoamingDatagrams> roaming = new ConcurrentHashMap<>();
    private final Map<String, Strangers> lookedAt = new ConcurrentHashMap<>();
    private final Resolver resolver;
    private final Duration dialTimeout;
    private final Clock clock;
    private final ChannelGroup opened;

    Dispatcher(
            Router router,
            ExitLoads loads,
            List<MuxPortal> portals,
            List<String> bridgeDomains,
            MuxOptions mux,
            Refusals refusals,
            Accounts accounts,
            Resolver resolver,
            NodeTimes times,
            Clock clock,
            int maxFlows,
            ChannelGroup opened,
            DatagramCounts counts,
            MemoryBudget memory,
            Map<String, DialGate> gates) {
        this.router = router;
        this.loads = loads;
        this.portals = List.copyOf(portals);
        this.bridgeDomains = bridgeDomains.stream()
                .filter(domain -> !domain.equals(ControlName.REVERSE))
                .map(DomainSet::canonical)
                .collect(Collectors.toUnmodifiableSet());
        this.mux = mux.dialect(MuxDialect.COOL);
        this.refusals = refusals;
        this.accounts = accounts;
        this.resolver = resolver;
        this.dialTimeout = times.dial();
        this.clock = clock;
        this.opened = opened;
        this.relay =
                new ChannelRelay(channel -> dialer(channel.eventLoop()), refusals, times.halfClosed(), opened, memory);
        this.memory = memory;
        this.gates = gates;
        this.datagrams = new Datagrams(
                request -> forbidden(request, null),
                router,
                loads,
                channel -> dialer(channel.eventLoop()),
                refusals,
                times.datagrams(),
                maxFlows,
                opened,
                counts,
                memory);
    }

    @Override
    public void handle(Request request, Channel channel) {
        handle(request, channel, Sniffing.NONE);
    }

    /**
     * Asks the rules when the visitor was looked at; whoever wants to be a tunnel, or never could be served, is not.
     */
    void handle(Request request, Channel channel, Sniffing sniffing) {
        handle(request, channel, sniffing, false);
    }

    /** What comes {@code inside} of a user's mux connection was counted in with that. */
    private void handle(Request request, Channel channel, Sniffing sniffing, boolean inside) {
        if (memory.isFull() && request.command() != Command.REVERSE && portalOf(request) == null) {
            refusals.refused(request, channel, memory.fullReason());
            return;
        }
        Account account = accounts.of(request);
        if (request.command() == Command.MUX) {
            if (account == null || isLetIn(request, channel, account.enter(channel, inside))) {
                RoamingDatagrams peer = roaming(request);
                RequestHandler one = (asked, session) -> handle(asked, session, sniffing, true);
                ForwardMux.accept(
                        request,
                        channel,
                        mux,
                        (asked, session) -> peer.accept(asked, session, one),
                        datagrams.counts(),
                        refusals.limits());
            }
            return;
        }
        if (request.command() == Command.CONNECT && request.destination().network() == Network.UDP) {
            if (account == null || isLetIn(request, channel, account.enterSession(channel, inside))) {
                datagrams.accept(request, channel);
            }
            return;
        }
        MuxPortal portal = portalOf(request);
        String forbidden = forbidden(request, portal);
        if (forbidden != null) {
            refusals.refused(request, channel, forbidden);
            return;
        }
        boolean tunnel = portal != null || request.command() == Command.REVERSE;
        if (account != null
                && !isLetIn(
                        request,
                        channel,
                        tunnel ? account.enterTunnel(channel, inside) : account.enterSession(channel, inside))) {
            return;
        }
        if (!tunnel && sniffing.looksAt(request)) { // counted in before: who says nothing has a connection, too
            look(request, channel, sniffing);
            return;
        }
        route(request, portal, channel);
    }

    private void look(Request request, Channel channel, Sniffing sniffing) {
        if (!request.user().isEmpty()) { // who is bounded by what he may have
            look(request, channel, sniffing, () -> {});
            return;
        }
        Strangers visitors = lookedAt.computeIfAbsent(request.inbound(), first -> sniffing.visitors());
        look(request, channel, sniffing, () -> visitors.leave(channel));
        Channel oldest = visitors.enter(channel);
        if (oldest != null) {
            refusals.limits()
                    .reached(
                            Limit.SNIFFING,
                            "inbound \"" + request.inbound()
                                    + "\": too many are looked at; the rules are asked about the oldest as he is");
            oldest.eventLoop().execute(() -> Sniffer.hurry(oldest));
        }
    }

    private void look(Request request, Channel channel, Sniffing sniffing, Runnable over) {
        Sniffer.install(channel, sniffing, memory, told -> lookedAt(sniffing.told(request, told), channel), over);
    }

    /** What he asks for may be another host now. */
    private void lookedAt(Request request, Channel channel) {
        String forbidden = forbidden(request);
        if (forbidden == null) {
            route(request, null, channel);
        } else {
            refusals.refused(request, channel, forbidden);
        }
    }

    private void route(Request request, @Nullable MuxPortal portal, Channel channel) {
        Future<Route> route = router.route(request);
        if (route.isSuccess()) {
            handOver(route.getNow(), portal, channel);
            return;
        }
        route.addListener((Future<Route> decided) -> channel.eventLoop().execute(() -> {
            if (decided.isSuccess()) {
                handOver(decided.getNow(), portal, channel);
            } else {
                refusals.failed(request, channel, decided.cause());
            }
        }));
    }

    private boolean isLetIn(Request request, Channel channel, @Nullable String reason) {
        if (reason != null) {
            refusals.refused(request, channel, reason);
        }
        return reason == null;
    }

    /** One table for each user; who has no name cannot come back, either. */
    private RoamingDatagrams roaming(Request request) {
        return request.user().isEmpty()
                ? new RoamingDatagrams(memory)
                : roaming.computeIfAbsent(
                        request.inbound() + '\n' + request.user(), user -> new RoamingDatagrams(memory));
    }

    private void handOver(Route route, @Nullable MuxPortal portal, Channel channel) {
        if (route.outbound() instanceof RefuseOutbound) {
            refusals.refused(route.request(), channel, route.refusal());
        } else if (route.request().command() == Command.REVERSE && !(route.outbound() instanceof MuxPortal)) {
            refusals.refused(
                    route.request(),
                    channel,
                    "it registers a tunnel, but the rules lead to \"" + route.tag() + "\", which is no portal");
        } else if (route.request().command() == Command.REVERSE
                && route.outbound() instanceof MuxPortal other
                && !route.request().grant().registers(other.tag(), other.domain())) {
            refusals.refused(
                    route.request(),
                    channel,
                    "user \"" + route.request().user() + "\" may not register with portal \"" + other.tag() + '"');
        } else if (portal != null && route.outbound() != portal) {
            refusals.refused(
                    route.request(),
                    channel,
                    "it is the domain of portal \"" + portal.tag() + "\", but the rules lead to \"" + route.tag()
                            + '"');
        } else {
            if (portal == null && route.request().command() != Command.REVERSE) {
                loads.count(route.tag(), channel);
                refusals.routed(route);
            }
            handOver(route.request(), channel, route.outbound(), JudgedRelay.of(relay, route));
        }
    }

    /**
     * Without asking the rules. What an outbound throws ends this request alone: in a tunnel, it would end them all.
     */
    void handOver(Request request, Channel channel, Outbound outbound) {
        handOver(request, channel, outbound, relay);
    }

    private void handOver(Request request, Channel channel, Outbound outbound, Relay joining) {
        try {
            DialGate gate = gates.get(request.inbound());
            if (gate == null) {
                outbound.take(request, channel, joining);
            } else {
                gate.take(request, channel, outbound, joining);
            }
        } catch (RuntimeException e) {
            refusals.failed(request, channel, e);
        }
    }

    /** Why the request is not even put to the rules; null if it is. */
    @Nullable
    String forbidden(Request request) {
        return forbidden(request, portalOf(request));
    }

    private @Nullable String forbidden(Request request, @Nullable MuxPortal portal) {
        if (request.command() == Command.REVERSE) {
            return request.grant().register() ? null : "only a user who may register becomes a tunnel";
        }
        if (portal != null) {
            if (request.sniffed() != null) {
                return "it names the domain of portal \"" + portal.tag() + "\" as its host, which makes no tunnel";
            }
            return request.grant().registers(portal.tag(), portal.domain())
                    ? null
                    : "only a user who may register reaches the domain of portal \"" + portal.tag() + '"';
        }
        if (ControlName.isReserved(request.destination())) {
            return "the name belongs to the protocol, and nobody may ask for it";
        }
        String name = DomainSet.canonical(request.destination().host());
        if (bridgeDomains.contains(name)) {
            return "it is the rendezvous domain of a bridge here, which nobody may ask for";
        }
        for (MuxPortal near : portals) {
            if (near.domain().equals(request.destination().host())) {
                return "it is the domain of portal \"" + near.tag() + "\", which takes no datagrams";
            }
            if (DomainSet.canonical(near.domain()).equals(name)) {
                // Portals of all makes compare with case; bridges' rules do not, and would dial their portal.
                return "it is the domain of portal \"" + near.tag() + "\" in other letters (expected: " + near.domain()
                        + ")";
            }
        }
        if (!request.grant().connect()) {
            return "user \"" + request.user()
                    + "\" may register tunnels only, and this is no portal's domain here (expected: "
                    + portals.stream().map(MuxPortal::domain).collect(Collectors.joining(", "))
                    + "); is the domain the same on both sides, or should client() be called for the server?";
        }
        return null;
    }

    /** What the rules say of a request that nobody waits with yet; why not, if they refuse it. */
    Future<Route> judge(Request request) {
        String forbidden = forbidden(request);
        if (forbidden != null) {
            return ImmediateEventExecutor.INSTANCE.newFailedFuture(new RefusedException(forbidden));
        }
        Promise<Route> judged = ImmediateEventExecutor.INSTANCE.newPromise();
        router.route(request).addListener((Future<Route> decided) -> {
            if (!decided.isSuccess()) {
                judged.setFailure(decided.cause());
            } else if (decided.getNow().outbound() instanceof RefuseOutbound) {
                judged.setFailure(new RefusedException(decided.getNow().refusal()));
            } else {
                judged.setSuccess(decided.getNow());
            }
        });
        return judged;
    }

    /** How many connections are relayed. */
    int relayed() {
        return relay.open();
    }

    private @Nullable MuxPortal portalOf(Request request) {
        if (request.destination().network() == Network.UDP || ControlName.isReserved(request.destination())) {
            return null;
        }
        for (MuxPortal portal : portals) {
            if (portal.domain().equals(request.destination().host())) {
                return portal;
            }
        }
        return null;
    }

    /** A connection to a portal, and what is spoken on it. */
    record Registered(Channel carrier, MuxDialect dialect) {}

    /** Reaches a destination on a bridge's own behalf: its registration. */
    Future<Registered> register(Request request, EventLoop loop) {
        Promise<Registered> result = loop.newPromise();
        router.route(request).addListener((Future<Route> decided) -> {
            if (!decided.isSuccess()) {
                result.setFailure(decided.cause());
                return;
            }
            Route route = decided.getNow();
            MuxDialect dialect = route.outbound().dialect();
            open(route, dialect, loop).addListener((Future<Channel> connected) -> {
                if (connected.isSuccess()) {
                    result.setSuccess(new Registered(connected.getNow(), dialect));
                } else {
                    result.setFailure(connected.cause());
                }
            });
        });
        return result;
    }

    private Future<Channel> open(Route route, MuxDialect dialect, EventLoop loop) {
        Request request =
                dialect == MuxDialect.VLESS_REVERSE ? route.request().command(Command.REVERSE) : route.request();
        try {
            return route.outbound().connect(request, dialer(loop));
        } catch (RuntimeException e) {
            return loop.newFailedFuture(e);
        }
    }

    private Dialer dialer(EventLoop loop) {
        return new NodeDialer(loop, resolver, dialTimeout, clock, opened);
    }
}
