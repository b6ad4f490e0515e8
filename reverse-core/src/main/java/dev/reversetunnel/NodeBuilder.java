package dev.reversetunnel;

import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.net.Destination;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Collects the parts of a node, and checks each at once and all of them before they start. */
final class NodeBuilder {
    private final String name;
    private final Map<String, Inbound> inbounds = new LinkedHashMap<>();
    private final Map<String, Outbound> outbounds = new LinkedHashMap<>();
    private final Map<String, String> portals = new LinkedHashMap<>();
    private final Map<String, String> bridges = new LinkedHashMap<>();
    private @Nullable UUID identity;
    private final Map<String, BridgePolicy> policies = new LinkedHashMap<>();
    private final Map<String, List<String>> standbys = new LinkedHashMap<>();
    private final List<Rule> rules = new ArrayList<>();
    private final Map<String, Balancer> balancers = new LinkedHashMap<>();
    private final List<TunnelListener> listeners = new ArrayList<>();
    private @Nullable EventLoopGroup loops;
    private Clock clock = Clock.systemUTC();
    private NameService names = NameService.SYSTEM;
    private NodeTimes times = NodeTimes.DEFAULT;
    private LivenessTimes liveness = LivenessTimes.DEFAULT;
    private MuxOptions mux = MuxOptions.DEFAULT;
    private int minTunnels = 1;
    private int maxTunnels = 8;
    private int spareTunnels = 2;
    private int askedSpares = 1;
    private Duration tunnelIdle = Duration.ofSeconds(60);
    private int tunnelsPerBridge;
    private DomainStrategy domainStrategy = DomainStrategy.IP_ON_DEMAND;
    private GeoData geo = GeoData.NONE;
    private @Nullable String otherwise;
    private final Map<String, InetAddress> addresses = new LinkedHashMap<>();
    private int maxFlows = Datagrams.DEFAULT_MAX_FLOWS;
    private NodeLimits limits = NodeLimits.DEFAULT;

    NodeBuilder(String name) {
        this.name = name;
    }

    void inbound(String tag, Inbound inbound) {
        requireNewEntrance("inbound", tag);
        inbounds.put(tag, Objects.requireNonNull(inbound, "inbound"));
    }

    void outbound(String tag, Outbound outbound) {
        requireNewExit("outbound", tag);
        outbounds.put(tag, Objects.requireNonNull(outbound, "outbound"));
    }

    /** A portal at which bridges register by command alone. */
    void portal(String tag) {
        requireNewExit("portal", tag);
        portals.put(tag, ControlName.REVERSE);
    }

    void portal(String tag, String domain) {
        requireNewExit("portal", tag);
        requireDomain(domain);
        if (portals.containsValue(domain)) {
            throw new IllegalArgumentException("domain: \"" + domain + "\" (expected: one of its own for each portal)");
        }
        portals.put(tag, domain);
    }

    /** A portal of a private network, whose bridge has an address there. */
    void portal(String tag, String domain, InetAddress address) {
        portal(tag, domain);
        addresses.put(tag, address);
    }

    /** Which of its bridges a portal sends a visitor to. */
    void policy(String portal, BridgePolicy policy) {
        Objects.requireNonNull(policy, "policy");
        BridgePolicy before = policies.putIfAbsent(portal, policy);
        if (before != null) {
            throw new IllegalStateException("bridges: already set to " + before);
        }
    }

    /** Who its bridges are, also after a restart. */
    void identity(UUID id) {
        if (identity != null) {
            throw new IllegalStateException("identity: already set to " + identity);
        }
        identity = Objects.requireNonNull(id, "identity");
    }

    /** A bridge that registers by command. */
    void bridge(String tag) {
        requireNewEntrance("bridge", tag);
        bridges.put(tag, ControlName.REVERSE);
    }

    void bridge(String tag, String domain) {
        requireNewEntrance("bridge", tag);
        requireDomain(domain);
        bridges.put(tag, domain);
    }

    /** A bridge that rests while one of others has a tunnel; all of them were added before, so there is no circle. */
    void standby(String tag, List<String> before) {
        List<String> tags = List.copyOf(bridges.keySet());
        int own = tags.indexOf(tag);
        if (own < 0 || before.isEmpty()) {
            throw new IllegalArgumentException("standby: \"" + tag + "\" for " + before
                    + " (expected: a bridge, and those that it stands by for)");
        }
        if (!tags.subList(0, own).containsAll(before)) {
            throw new IllegalArgumentException("standby: \"" + tag + "\" for " + before
                    + " (expected: bridges that were added before it: " + tags.subList(0, own) + ")");
        }
        if (standbys.putIfAbsent(tag, List.copyOf(before)) != null) {
            throw new IllegalStateException("standby: \"" + tag + "\" is one already");
        }
    }

    void rule(Rule rule) {
        rules.add(requireTarget(rule));
    }

    static Rule requireTarget(Rule rule) {
        if (rule.target() == null) {
            throw new IllegalArgumentException("rule: " + rule + " leads nowhere (call to(...))");
        }
        return rule;
    }

    void balancer(String tag, Balancer balancer) {
        requireNewExit("balancer", tag);
        balancers.put(tag, Objects.requireNonNull(balancer, "balancer"));
    }

    void domainStrategy(DomainStrategy strategy) {
        domainStrategy = Objects.requireNonNull(strategy, "domainStrategy");
    }

    void geo(GeoData lists) {
        geo = Objects.requireNonNull(lists, "geo");
    }

    void otherwise(String tag) {
        if (otherwise != null) {
            throw new IllegalStateException("otherwise: already set to \"" + otherwise + '"');
        }
        otherwise = Objects.requireNonNull(tag, "otherwise");
    }

    void listener(TunnelListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
    }

    void loops(EventLoopGroup group) {
        if (loops != null) {
            throw new IllegalStateException("eventLoops: already set");
        }
        Loops.socketClass(group.next());
        loops = group;
    }

    void clock(Clock other) {
        clock = Objects.requireNonNull(other, "clock");
    }

    void names(NameService service) {
        names = Objects.requireNonNull(service, "names");
    }

    void dialTimeout(Duration time) {
        times = new NodeTimes(positive("dialTimeout", time), times.bridge(), times.datagrams(), times.halfClosed());
    }

    void waitForBridge(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("waitForBridge: " + time + " (expected: zero or more)");
        }
        times = new NodeTimes(times.dial(), time, times.datagrams(), times.halfClosed());
    }

    void datagramTimeout(Duration time) {
        times = new NodeTimes(times.dial(), times.bridge(), positive("datagramTimeout", time), times.halfClosed());
    }

    void halfClosedTimeout(Duration time) {
        times = new NodeTimes(times.dial(), times.bridge(), times.datagrams(), positive("halfClosedTimeout", time));
    }

    void pingInterval(Duration time) {
        if (time.toMillis() < 1) {
            throw new IllegalArgumentException("pingInterval: " + time + " (expected: 1 ms or more)");
        }
        liveness = liveness.interval(time);
    }

    void deadTime(Duration time) {
        liveness = liveness.silence(positive("deadTime", time));
    }

    void mux(MuxOptions options) {
        mux = Objects.requireNonNull(options, "mux");
    }

    void tunnels(int least, int most) {
        if (least < 1 || most < least) {
            throw new IllegalArgumentException(
                    "tunnels: " + least + " to " + most + " (expected: at least 1, and not more than the most)");
        }
        minTunnels = least;
        maxTunnels = most;
    }

    void spareTunnels(int idle) {
        if (idle < 0) {
            throw new IllegalArgumentException("spareTunnels: " + idle + " (expected: 0 or more)");
        }
        spareTunnels = idle;
    }

    void askedSpares(int tunnels) {
        if (tunnels < 0) {
            throw new IllegalArgumentException("spareTunnels: " + tunnels + " (expected: 0 or more)");
        }
        askedSpares = tunnels;
    }

    void closeIdleTunnelsAfter(Duration time) {
        tunnelIdle = positive("closeIdleTunnelsAfter", time);
    }

    void tunnelsPerBridge(int least) {
        if (least < 0 || least > 65_535) {
            throw new IllegalArgumentException("tunnelsPerBridge: " + least + " (expected: 0~65535)");
        }
        tunnelsPerBridge = least;
    }

    void maxFlows(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("maxFlows: " + most + " (expected: 1 or more)");
        }
        maxFlows = most;
    }

    void memory(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("memory: " + bytes + " (expected: 1 byte or more)");
        }
        limits = limits.memory(bytes);
    }

    void maxWaitingForBridge(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("maxWaitingForBridge: " + most + " (expected: 1 or more)");
        }
        limits = limits.waitingVisitors(most);
    }

    void maxDials(int most, int waiting) {
        if (most < 1 || waiting < 0) {
            throw new IllegalArgumentException(
                    "maxDials: " + most + ", " + waiting + " (expected: 1 or more, and 0 or more who wait)");
        }
        limits = limits.dials(most, waiting);
    }

    private static Duration positive(String what, Duration time) {
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException(what + ": " + time + " (expected: a positive time)");
        }
        return time;
    }

    private void requireNewEntrance(String what, String tag) {
        requireNew(what, tag, inbounds.containsKey(tag) || bridges.containsKey(tag));
    }

    private void requireNewExit(String what, String tag) {
        requireNew(what, tag, outbounds.containsKey(tag) || portals.containsKey(tag) || balancers.containsKey(tag));
    }

    private static void requireNew(String what, String tag, boolean taken) {
        if (tag.isBlank()) {
            throw new IllegalArgumentException(
                    what + ": a tag without a character (expected: a name for rules and logs)");
        }
        if (taken) {
            throw new IllegalArgumentException(what + ": \"" + tag + "\" (expected: a tag that is not taken)");
        }
    }

    static void requireDomain(String domain) {
        if (!Destination.tcp(domain, 0).isDomain()) {
            throw new IllegalArgumentException("domain: \"" + domain
                    + "\" (expected: a made-up name such as reverse.example.internal; an IP address never matches)");
        }
        if (ControlName.isReserved(Destination.tcp(domain, 0))) {
            throw new IllegalArgumentException(
                    "domain: \"" + domain + "\" (expected: a made-up name; this one belongs to the" + " protocol)");
        }
    }

    /** Checks the whole; returns what is no fault, but looks like a mistake. */
    List<String> check() {
        requireStartable();
        return new RuleDoubts(inbounds, bridges, outbounds).of(rules, otherwise);
    }

    /** Checks the whole and starts it. */
    CompletableFuture<Node> start() {
        requireStartable();
        return new Node(plan()).start();
    }

    private void requireStartable() {
        List<String> faults = faults();
        if (!faults.isEmpty()) {
            throw new IllegalStateException(name + " cannot start: " + String.join("; ", faults));
        }
    }

    /** As {@link #start()}, and waits. */
    Node startAndWait() throws TunnelException {
        if (loops != null && Loops.isOnLoop(loops)) {
            throw new IllegalStateException("start() waits and must not be called on an event loop (use startAsync())");
        }
        try {
            return start().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof TunnelException known
                    ? known
                    : new TunnelException(name + " cannot start", e);
        }
    }

    private NodePlan plan() {
        return new NodePlan(
                name,
                new LinkedHashMap<>(inbounds),
                new LinkedHashMap<>(outbounds),
                new LinkedHashMap<>(portals),
                Map.copyOf(policies),
                new LinkedHashMap<>(bridges),
                new LinkedHashMap<>(standbys),
                identity == null ? UUID.randomUUID() : identity,
                routing(),
                List.copyOf(listeners),
                loops,
                clock,
                names,
                times,
                liveness,
                mux,
                new TunnelDemand(
                        minTunnels,
                        maxTunnels,
                        spareTunnels,
                        mux.sessionQueueBytes(),
                        tunnelIdle,
                        Loops.threads(loops),
                        mux.maxSessions()),
                askedSpares,
                tunnelsPerBridge,
                maxFlows,
                limits,
                Map.copyOf(addresses));
    }

    private Routing routing() {
        return new Routing(List.copyOf(rules), new LinkedHashMap<>(balancers), domainStrategy, geo, otherwise);
    }

    private List<String> faults() {
        List<String> faults = new ArrayList<>();
        if (inbounds.isEmpty() && bridges.isEmpty() && rules.isEmpty() && otherwise == null) { // else for dial(...)
            faults.add("nobody can come in (call inbound(...) or bridge(...))");
        }
        inbounds.forEach(
                (tag, inbound) -> inbound.fault().ifPresent(fault -> faults.add("inbound \"" + tag + "\": " + fault)));
        outbounds.forEach((tag, outbound) ->
                outbound.fault().ifPresent(fault -> faults.add("outbound \"" + tag + "\": " + fault)));
        policies.keySet().stream()
                .filter(tag -> !portals.containsKey(tag))
                .forEach(tag ->
                        faults.add("bridges: \"" + tag + "\" (expected: a portal, one of " + portals.keySet() + ")"));
        faults.addAll(routing().faults(outbounds, portals.keySet(), bridges));
        return faults;
    }
}
