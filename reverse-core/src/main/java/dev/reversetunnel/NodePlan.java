package dev.reversetunnel;

import dev.reversetunnel.mux.MuxOptions;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a node consists of, checked: the outcome of a builder. Tags in the order in which they were given. */
record NodePlan(
        String name,
        Map<String, Inbound> inbounds,
        Map<String, Outbound> outbounds,
        Map<String, String> portals,
        Map<String, BridgePolicy> policies,
        Map<String, String> bridges,
        Map<String, List<String>> standbys,
        UUID identity,
        Routing routing,
        List<TunnelListener> listeners,
        @Nullable EventLoopGroup loops,
        Clock clock,
        NameService names,
        NodeTimes times,
        LivenessTimes liveness,
        MuxOptions mux,
        TunnelDemand demand,
        int askedSpares,
        int tunnelsPerBridge,
        int maxFlows,
        NodeLimits limits,
        Map<String, InetAddress> addresses) {}
