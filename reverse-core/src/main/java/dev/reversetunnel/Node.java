package dev.reversetunnel;

import dev.reversetunnel.mux.ByteBudget;
import dev.reversetunnel.mux.MuxHello;
import dev.reversetunnel.mux.MuxOptions;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running node: its parts, how they start, and how they end. */
final class Node implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Node.class);

    private final NodePlan plan;
    private final Loops loops;
    private final Resolver resolver;
    private final Accounts accounts;
    private final NodeUsers users;
    private final Refusals refusals;
    private final Dispatcher dispatcher;
    private final NodeRules rules;
    private final NodeDials dials;
    private final DatagramCounts datagrams;
    private final LimitCounts limits;
    private final MemoryBudget memory;
    private final Map<String, MuxPortal> portals = new LinkedHashMap<>();
    private final Map<String, MuxBridge> bridges = new LinkedHashMap<>();
    private final List<Standby> standbys = new ArrayList<>();
    private final NodePorts ports = new NodePorts();
    private final ChannelGroup accepted = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE, true);
    private final ChannelGroup opened = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE, true);
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);

    Node(NodePlan plan) {
        this.plan = plan;
        this.resolver = new Resolver(plan.names());
        this.loops = plan.loops() == null ? Loops.share() : Loops.given(plan.loops());
        Events events = new Events(plan.listeners());
        this.accounts = new Accounts(events);
        this.users = new NodeUsers(plan.inbounds(), portals.values(), accounts, events);
        this.refusals = new Refusals(events, accounts);
        this.datagrams = events.datagrams();
        this.limits = events.limits();
        this.memory = memory(plan, events);
        MuxOptions mux =
                plan.mux().budget() == ByteBudget.UNLIMITED ? plan.mux().budget(memory) : plan.mux();
        Map<String, Outbound> outbounds = new LinkedHashMap<>(plan.outbounds());
        plan.portals().forEach((tag, domain) -> {
            MuxPortal portal = new MuxPortal(
                    tag,
                    domain,
                    new PortalSettings(
                            mux,
                            plan.liveness(),
                            plan.times().bridge(),
                            plan.limits().waitingVisitors(),
                            plan.tunnelsPerBridge(),
                            plan.policies().getOrDefault(tag, BridgePolicy.leastLoaded()),
                            plan.askedSpares()),
                    plan.clock(),
                    events,
                    accounts,
                    plan.addresses().get(tag));
            portals.put(tag, portal);
            outbounds.put(tag, portal);
        });
        this.rules = new NodeRules(
                plan,
                outbounds,
                name -> resolver.resolve(
                        name, loops.group().next(), plan.times().dial()));
        this.dispatcher = new Dispatcher(
                rules.router(),
                rules.loads(),
                List.copyOf(portals.values()),
                List.copyOf(plan.bridges().values()),
                mux,
                refusals,
                accounts,
                resolver,
                plan.times(),
                plan.clock(),
                plan.maxFlows(),
                opened,
                datagrams,
                memory,
                gates(refusals));
        this.dials = new NodeDials(dispatcher, refusals, loops.group(), accepted);
        MuxHello self = TunnelIdentity.self(plan.identity(), plan.clock().instant(), 0);
        plan.bridges()
                .forEach((tag, domain) -> bridges.put(
                        tag,
                        new MuxBridge(
                                tag,
                                domain,
                                mux,
                                plan.liveness(),
                                plan.demand(),
                                plan.times().dial(),
                                dispatcher,
                                loops,
                                plan.clock(),
                                self,
                                events)));
        plan.standbys()
                .forEach((tag, before) -> standbys.add(new Standby(
                        bridge(tag), before.stream().map(this::bridge).toList())));
    }

    private MemoryBudget memory(NodePlan plan, Events events) {
        long bytes = plan.limits().memory() == 0
                ? MemoryBudget.standard()
                : plan.limits().memory();
        return new MemoryBudget(bytes, plan.mux().grace(), loops.group(), events.limits(), System::nanoTime, full -> {
            events.tell(listener -> listener.memoryFull(full));
        });
    }

    private Map<String, DialGate> gates(Refusals refusals) {
        Map<String, DialGate> gates = new HashMap<>();
        plan.bridges()
                .keySet()
                .forEach(tag -> gates.put(
                        tag, new DialGate(tag, plan.limits(), plan.times().dial(), refusals)));
        return gates;
    }

    /** Binds all ports, then lets the bridges dial; when a port cannot be bound, everything is undone. */
    CompletableFuture<Node> start() {
        CompletableFuture<Node> started = new CompletableFuture<>();
        String netty = nettyVersion(); // may be in a file: not on the loop that binds the last port
        ports.start(
                plan.inbounds(),
                (tag, inbound) -> new NodeContext(
                        tag, inbound, loops.group(), plan.clock(), accepted, dispatcher, refusals, accounts, limits),
                failures -> {
                    if (failures.isEmpty()) {
                        startBridges(started, netty);
                    } else {
                        undo(started, failures);
                    }
                });
        return started;
    }

    private void startBridges(CompletableFuture<Node> started, String netty) {
        bridges.values().forEach(MuxBridge::start);
        standbys.forEach(Standby::start);
        log.info("started {} (Netty {})", this, netty);
        rules.tellDoubts(plan.routing().rules());
        started.complete(this);
    }

    private void undo(CompletableFuture<Node> started, List<Throwable> failures) {
        Throwable first = failures.get(0);
        failures.stream().skip(1).forEach(first::addSuppressed);
        // Not on this loop, for closing waits for it.
        Thread undoing = new Thread(
                () -> {
                    close();
                    started.completeExceptionally(first);
                },
                "reverse-undo");
        undoing.setDaemon(true);
        undoing.start();
    }

    /** The port on which an inbound listens. */
    int port(String tag) {
        return ports.address(tag).getPort();
    }

    /** Where an inbound listens. */
    InetSocketAddress address(String tag) {
        return ports.address(tag);
    }

    /** What other ends have to know of this node. */
    PeerEnds ends() {
        return new PeerEnds(plan, this::port);
    }

    void reroute(List<Rule> others) {
        rules.replace(others);
        log.info("rerouted {}: {} rules", plan.name(), others.size());
    }

    CompletableFuture<Explanation> explain(Request request) {
        String forbidden = dispatcher.forbidden(request);
        return forbidden == null
                ? rules.router().explain(request)
                : CompletableFuture.completedFuture(
                        new Explanation(null, "", List.of(), forbidden, List.of(), request.addresses()));
    }

    MuxBridge bridge(String tag) {
        MuxBridge bridge = bridges.get(tag);
        if (bridge == null) {
            throw new IllegalArgumentException("bridge: \"" + tag + "\" (expected: one of " + bridges.keySet() + ")");
        }
        return bridge;
    }

    NodeDials dials() {
        return dials;
    }

    NodeUsers users() {
        return users;
    }

    Collection<MuxPortal> portals() {
        return portals.values();
    }

    /** How many ways out are open for datagrams. */
    int datagramFlows() {
        return datagrams.flows().get();
    }

    NodeSnapshot snapshot() {
        List<TunnelSnapshot> tunnels = new ArrayList<>();
        portals.values().forEach(portal -> portal.pool().all().forEach(tunnel -> tunnels.add(tunnel.snapshot())));
        bridges.values().forEach(bridge -> bridge.tunnels().forEach(tunnel -> tunnels.add(tunnel.snapshot())));
        int waiting = portals.values().stream().mapToInt(MuxPortal::waiting).sum();
        return new NodeSnapshot(
                tunnels,
                bridges.values().stream().map(MuxBridge::snapshot).toList(),
                accounts.snapshot(),
                waiting,
                refusals.refusedCount(),
                refusals.failedCount(),
                datagrams.associations().get(),
                datagrams.flows().get(),
                datagrams.dropped().sum(),
                memory.used(),
                memory.limit(),
                limits.snapshot());
    }

    // ---- ends ----

    /** Takes nothing new, lets what is there come to its end, then closes. Returns how many sessions were cut. */
    int drain(Duration most) {
        refuseOnLoop("drain");
        dials.close("the node is draining, and takes nothing new");
        long deadline = System.nanoTime() + most.toNanos();
        ports.close(!Loops.isOnLoop(loops.group()));
        portals.values().forEach(MuxPortal::drain);
        bridges.values().forEach(MuxBridge::drain);
        while ((sessions() > 0 || bridges.values().stream().anyMatch(MuxBridge::hasTunnels))
                && System.nanoTime() < deadline
                && !Thread.currentThread().isInterrupted()) {
            java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        int cut = sessions();
        if (cut == 0) {
            log.info("drained {}: nothing was cut", plan.name());
        } else {
            log.warn(
                    "drained {}: {} sessions had not ended after {} ms and are cut", plan.name(), cut, most.toMillis());
        }
        close();
        return cut;
    }

    /**
     * Those of tunnels are over before the last byte is out on the other side of a relay, and those of applications of
     * this JVM have no relay.
     */
    private int sessions() {
        return Math.max(dispatcher.relayed(), tunnelled());
    }

    private int tunnelled() {
        return portals.values().stream()
                        .mapToInt(portal -> portal.visitors() + portal.waiting())
                        .sum()
                + bridges.values().stream().mapToInt(MuxBridge::visitors).sum();
    }

    private void refuseOnLoop(String what) {
        if (Loops.isOnLoop(loops.group())) {
            throw new IllegalStateException(what + "() waits and must not be called on an event loop");
        }
    }

    /** Ends everything at once. Waits until it is over, unless called on an event loop. */
    @Override
    public void close() {
        boolean mayWait = !Loops.isOnLoop(loops.group());
        if (closing.compareAndSet(false, true)) {
            try {
                closeAll(mayWait);
            } finally {
                closed.countDown();
            }
        } else if (mayWait) {
            awaitClosed();
        }
    }

    private void awaitClosed() {
        try {
            if (!closed.await(10, TimeUnit.SECONDS)) {
                log.warn("closing {} takes long", plan.name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeAll(boolean mayWait) {
        dials.close("the node is closed");
        ports.close(!Loops.isOnLoop(loops.group()));
        resolver.close();
        bridges.values().forEach(MuxBridge::close);
        portals.values().forEach(MuxPortal::close);
        if (mayWait) {
            settle();
        }
        for (ChannelGroup left : List.of(accepted, opened)) {
            left.forEach(ChannelEnds::reset);
            // and what comes from now on; loops that an application has ended close their channels themselves
            Future<?> gone = left.close(channel -> !channel.eventLoop().isShuttingDown());
            if (mayWait) {
                gone.awaitUninterruptibly(5, TimeUnit.SECONDS);
            }
        }
        if (mayWait) {
            settle();
        }
        loops.close();
        log.info("closed {}", plan.name());
    }

    /**
     * Lets every loop finish what it was told, and what follows of that: closing travels from session to relay to
     * socket.
     */
    private void settle() {
        for (int round = 0; round < 4; round++) {
            for (EventExecutor loop : loops.group()) {
                try {
                    loop.submit(() -> {}).awaitUninterruptibly(1, TimeUnit.SECONDS);
                } catch (RejectedExecutionException e) {
                    return; // the application has ended its loops before the node
                }
            }
        }
    }

    /** Its name, and where it listens. */
    @Override
    public String toString() {
        String listening = ports.toString();
        return listening.isEmpty() ? plan.name() : plan.name() + ", listening: " + listening;
    }

    /**
     * As its jar says, which has been read by now, or a file where all jars were made one. Netty's own {@code Version}
     * parses dates, and with them loads a hundred classes and the calendars of a locale.
     */
    private static String nettyVersion() {
        Package netty = EventExecutor.class.getPackage();
        String title = netty.getImplementationTitle();
        String version = netty.getImplementationVersion();
        if (title != null && version != null && title.startsWith("Netty")) {
            return version;
        }
        Properties versions = new Properties();
        try (InputStream file = Node.class.getResourceAsStream("/META-INF/io.netty.versions.properties")) {
            if (file != null) {
                versions.load(file);
            }
        } catch (IOException | IllegalArgumentException e) {
            log.debug("the version of Netty is not told", e);
        }
        return versions.getProperty("netty-common.version", "of unknown version");
    }
}
