package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import java.util.List;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** A running node's portals and bridges, as a {@link PeerFormat} sees them. */
record PeerEnds(NodePlan plan, ToIntFunction<String> ports) {
    PortalEnd portal(String tag) {
        return new PortalEnd(
                tag,
                rendezvous(plan.portals().get(tag)),
                plan.inbounds().entrySet().stream()
                        .map(in -> new PortalEnd.Listening(in.getKey(), in.getValue(), ports.applyAsInt(in.getKey())))
                        .toList());
    }

    BridgeEnd bridge(String name, List<String> tags) {
        return new BridgeEnd(name, tags.stream().map(this::dialled).toList());
    }

    /** By the outbound to which the rules send the bridge's registrations. */
    private BridgeEnd.Dialled dialled(String tag) {
        String domain = Objects.requireNonNull(plan.bridges().get(tag));
        Request registration = new Request(Destination.tcp(domain, 0), tag);
        Outbound outbound = plan.routing().rules().stream()
                .filter(rule -> rule.matches(registration))
                .findFirst()
                .map(rule -> plan.outbounds().get(rule.target()))
                .orElseThrow();
        return new BridgeEnd.Dialled(tag, rendezvous(domain), outbound);
    }

    private static @Nullable String rendezvous(@Nullable String domain) {
        return ControlName.REVERSE.equals(domain) ? null : domain;
    }
}
