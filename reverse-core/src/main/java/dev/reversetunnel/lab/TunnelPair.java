package dev.reversetunnel.lab;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.TunnelException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** A portal and a bridge with a bad network between them. */
record TunnelPair(Portal portal, FaultProxy line, Bridge bridge) {
    static final String DOMAIN = "reverse.lab.internal";
    private static final Duration READY = Duration.ofSeconds(20);

    /**
     * What a pair is made of.
     *
     * @param server where the bridge comes in
     * @param client how it gets there, by the port of the bad network
     * @param portal adds to the portal
     * @param bridge adds to the bridge
     * @param seed of all that is random on the way
     */
    record Plan(
            Inbound server,
            IntFunction<? extends Outbound> client,
            Consumer<Portal.Builder> portal,
            Consumer<Bridge.Builder> bridge,
            long seed) {}

    /** Starts all three, which are given to {@code watch}; returns when a tunnel is up. */
    static TunnelPair start(Plan plan, Leftovers watch) throws TunnelException, InterruptedException {
        Portal.Builder portals = ReverseTunnel.portal("portal")
                .domain(DOMAIN)
                .listen("tunnels", plan.server())
                .listen("visitors", Inbound.port(0).address("127.0.0.1"));
        plan.portal().accept(portals);
        Portal portal = portals.start();
        watch.node(portal);
        int tunnels = portal.port("tunnels");
        watch.port(tunnels, " (tunnels of the portal)");
        watch.port(portal.port("visitors"), " (visitors of the portal)");
        FaultProxy line = FaultProxy.to(new InetSocketAddress(InetAddress.getLoopbackAddress(), tunnels), plan.seed());
        watch.port(line.port(), " (the fault proxy)");
        try {
            Bridge.Builder bridges = ReverseTunnel.bridge("bridge")
                    .domain(DOMAIN)
                    .connect(plan.client().apply(line.port()));
            plan.bridge().accept(bridges);
            Bridge bridge = bridges.start();
            watch.node(bridge);
            bridge.awaitReady(READY);
            return new TunnelPair(portal, line, bridge);
        } catch (TunnelException | InterruptedException | RuntimeException e) {
            line.close();
            throw e;
        }
    }
}
