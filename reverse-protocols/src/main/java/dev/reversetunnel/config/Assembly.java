package dev.reversetunnel.config;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.NameService;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.Sniffing;
import dev.reversetunnel.Transport;
import dev.reversetunnel.geo.GeoFiles;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a node of a document. What the parts refuse is told with its place. */
final class Assembly {
    /** What a bridge asks for that registers by VLESS' reverse command, as rules see it. */
    private static final String REVERSE = "full:v1.rvs.cool";

    private static final String NOWHERE = "nowhere";

    private final Model model;
    private final Faults faults;
    private final ReverseTunnel.Builder node = ReverseTunnel.node();
    private final Tags tags = new Tags();
    private final Map<String, Outbound> made = new HashMap<>();

    private Assembly(Model model, Faults faults) {
        this.model = model;
        this.faults = faults;
    }

    static ReverseTunnel.Builder build(Model model, Faults faults) {
        Assembly assembly = new Assembly(model, faults);
        assembly.inbounds();
        assembly.outbounds();
        assembly.portals();
        assembly.bridges();
        assembly.routing();
        assembly.times();
        assembly.names();
        return assembly.node;
    }

    // ---- ways in and out ----

    private void inbounds() {
        for (InboundPart part : model.inbounds()) {
            Transport transport = part.stream().server(tcp(part), faults);
            Sniffing sniffing =
                    part.sniffing() == null ? Sniffing.NONE : faults.made(part.place(), part.sniffing()::build);
            if (transport == null || sniffing == null) {
                continue;
            }
            for (Ports.Range range : part.ports().ranges()) {
                for (int port = range.first(); port <= range.last(); port++) {
                    Duration handshake = model.policy().handshakeTimeout();
                    inbound(part, new Listener(port, part.listen(), transport, sniffing, handshake));
                }
            }
        }
    }

    /** As there, whoever comes is believed. */
    private Transport tcp(InboundPart part) {
        if (!part.stream().proxyProtocol()) {
            return Transport.tcp();
        }
        if (!Address.isLoopback(part.listen())) {
            faults.warn(
                    part.place(),
                    "whoever reaches this port is believed where he comes from; let your proxies alone" + " reach it");
        }
        return Transport.tcp().proxyProtocol("0.0.0.0/0", "::/0");
    }

    private void inbound(InboundPart part, Listener at) {
        Inbound inbound = faults.made(part.place(), () -> part.settings().build(at));
        if (inbound != null) {
            inbound.fault().ifPresent(fault -> faults.fault(part.place(), fault));
            faults.made(part.place(), () -> node.inbound(tags.inbound(part.tag()), inbound));
        }
    }

    private void outbounds() {
        for (OutboundPart part : model.outbounds()) {
            Outbound outbound = outbound(part);
            if (outbound != null) {
                outbound.fault().ifPresent(fault -> faults.fault(part.place(), fault));
                faults.made(part.place(), () -> node.outbound(part.tag(), outbound));
            }
        }
    }

    /** Made once; those through which it dials are made before. */
    private @Nullable Outbound outbound(OutboundPart part) {
        Outbound known = made.get(part.tag());
        if (known != null) {
            return known;
        }
        Transport tcp = via(part.stream().via());
        Transport transport = tcp == null ? null : part.stream().client(tcp, faults);
        Outbound outbound = transport == null
                ? null
                : faults.made(part.place(), () -> part.settings().build(transport));
        if (outbound != null) {
            made.put(part.tag(), outbound);
        }
        return outbound;
    }

    private @Nullable Transport via(@Nullable String tag) {
        if (tag == null) {
            return Transport.tcp();
        }
        for (OutboundPart other : model.outbounds()) {
            if (other.tag().equals(tag)) {
                Outbound outbound = outbound(other);
                return outbound == null ? null : Chain.through(tag, outbound);
            }
        }
        return null; // told before
    }

    // ---- tunnels ----

    private void portals() {
        for (ReversePart portal : model.portals()) {
            if (isReached(portal.tag())) {
                faults.made(portal.place(), () -> node.portal(portal.tag(), portal.domain()));
            } else {
                faults.warn(portal.place(), "no rule leads to portal \"" + portal.tag() + "\", so it is left out");
            }
        }
        Set<String> known = new LinkedHashSet<>();
        for (InboundPart inbound : model.inbounds()) {
            for (VlessInbound.Reverse reverse : inbound.settings().reverses()) {
                if (known.add(reverse.portal())) {
                    faults.made(reverse.place(), () -> node.portal(reverse.portal()));
                }
                route(
                        reverse.place(),
                        Rule.any()
                                .named("registers at portal " + reverse.portal())
                                .from(tags.all(List.of(inbound.tag())).toArray(String[]::new))
                                .user(reverse.user())
                                .to(reverse.portal()));
            }
        }
    }

    private boolean isReached(String tag) {
        return model.routing().rules().stream()
                        .anyMatch(rule -> !rule.isBalancer() && rule.target().equals(tag))
                || model.routing().balancers().stream().anyMatch(balancer -> balancer.selects(tag));
    }

    private void bridges() {
        for (ReversePart bridge : model.bridges()) {
            faults.made(bridge.place(), () -> node.bridge(tags.inbound(bridge.tag()), bridge.domain()));
        }
        for (OutboundPart outbound : model.outbounds()) {
            VlessOutbound.Reverse reverse = outbound.settings().reverse();
            if (reverse != null) {
                String name = tags.inbound(reverse.tag());
                faults.made(reverse.place(), () -> node.bridge(name));
                route(
                        reverse.place(),
                        Rule.inbound(name)
                                .domain(REVERSE)
                                .named("bridge " + name + " registers")
                                .to(outbound.tag()));
            }
            if (outbound.mux()) {
                faults.warn(
                        outbound.place(),
                        carriesTunnel(outbound)
                                ? "\"mux\" is on already: a tunnel carries many sessions as it is"
                                : "\"mux\" has no effect: each connection has its own");
            }
        }
    }

    private boolean carriesTunnel(OutboundPart outbound) {
        return outbound.settings().reverse() != null
                || model.bridges().stream()
                        .anyMatch(bridge -> model.routing().rules().stream()
                                .anyMatch(rule -> rule.target().equals(outbound.tag())
                                        && rule.values(RuleKey.INBOUND).contains(bridge.tag())));
    }

    // ---- what leads where ----

    private void routing() {
        for (RulePart part : model.routing().rules()) {
            Rule rule = faults.made(part.place(), () -> part.build(tags::all));
            if (rule != null) {
                route(part.place(), rule);
            }
        }
        for (BalancerPart part : model.routing().balancers()) {
            faults.made(part.place(), () -> node.balancer(part.tag(), part.build(this::prefixes)));
        }
        node.domainStrategy(model.routing().strategy());
        node.geo(GeoFiles.installed());
        if (!model.outbounds().isEmpty()) {
            node.otherwise(model.outbounds().get(0).tag());
        } else if (model.isEmpty()) { // which is started there, and does nothing
            node.outbound(NOWHERE, Outbound.refuse()).otherwise(NOWHERE);
        }
    }

    /** An empty selector selects all, as there. */
    private List<String> prefixes(List<String> selectors) {
        return selectors.contains("")
                ? model.outbounds().stream().map(OutboundPart::tag).toList()
                : selectors;
    }

    private void route(Place place, Rule rule) {
        faults.made(place, () -> node.route(rule));
    }

    private void names() {
        HostsPart hosts = model.hosts();
        if (hosts.isEmpty()) {
            return;
        }
        if (model.looksUp()) {
            node.names(hosts.service(GeoFiles.installed(), NameService.SYSTEM, faults));
        } else {
            faults.warn(hosts.place(), "has no effect: nothing here asks for these names (\"domainStrategy\")");
        }
    }

    private void times() {
        Duration datagrams = model.policy().datagramTimeout();
        if (datagrams != null) {
            node.datagramTimeout(datagrams);
        }
        Duration halfClosed = model.policy().halfClosedTimeout();
        if (halfClosed != null) {
            node.halfClosedTimeout(halfClosed);
        }
    }
}
