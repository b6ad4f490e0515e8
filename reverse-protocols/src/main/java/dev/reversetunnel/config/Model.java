package dev.reversetunnel.config;

import dev.reversetunnel.DomainStrategy;
import java.util.ArrayList;
import java.util.List;

/**
 * What a document says, read and understood, section by section.
 *
 * @param log what the writer wants to see
 * @param bridges private ends that register by a domain
 * @param portals public ends at which bridges register by a domain
 * @param inbounds ways in
 * @param outbounds ways out; the first is for whoever fits no rule
 * @param routing what leads where
 * @param policy how long things may take
 * @param hosts names that it knows itself
 */
record Model(
        LogPart log,
        List<ReversePart> bridges,
        List<ReversePart> portals,
        List<InboundPart> inbounds,
        List<OutboundPart> outbounds,
        RoutingPart routing,
        PolicyPart policy,
        HostsPart hosts) {
    Model {
        bridges = List.copyOf(bridges);
        portals = List.copyOf(portals);
        inbounds = List.copyOf(inbounds);
        outbounds = List.copyOf(outbounds);
    }

    static Model read(Section document) {
        LogPart log = LogPart.read(document.sectionOrEmpty("log", "log"));
        Section reverse = document.sectionOrEmpty("reverse", "reverse");
        Section transport = document.sectionOrEmpty("transport", "transport");
        transport.value("tcpSettings");
        transport.value("wsSettings");
        List<InboundPart> inbounds = new ArrayList<>();
        for (Section inbound : parts(document, "inbound")) {
            InboundPart part = InboundPart.read(inbound, inbounds.size(), transport);
            if (part != null) {
                inbounds.add(part);
            }
        }
        List<OutboundPart> outbounds = new ArrayList<>();
        for (Section outbound : parts(document, "outbound")) {
            OutboundPart part = OutboundPart.read(outbound, outbounds.size(), transport);
            if (part != null) {
                outbounds.add(part);
            }
        }
        OutboundPart api = OutboundPart.ofApi(document);
        if (api != null) {
            outbounds.add(api);
        }
        Model model = new Model(
                log,
                ReversePart.read(reverse, "bridges"),
                ReversePart.read(reverse, "portals"),
                inbounds,
                outbounds,
                RoutingPart.read(document),
                PolicyPart.read(document),
                HostsPart.read(document.sectionOrEmpty("dns", "dns")));
        Tags.check(model, document.faults());
        InboundPart.checkPorts(inbounds, document.faults());
        if (!model.isEntered()) {
            document.faults()
                    .warn(
                            document.place("inbounds"),
                            "nobody can come in (expected: \"inbounds\", or \"bridges\" in" + " \"reverse\")");
        }
        return model;
    }

    /** All inbounds or outbounds; documents of before 2018 have one, and a list of more. */
    private static List<Section> parts(Section document, String kind) {
        List<Section> parts = new ArrayList<>();
        Section first = document.section(kind, kind);
        if (first != null) {
            parts.add(first);
        }
        parts.addAll(document.sections(kind + "Detour", kind));
        parts.addAll(document.sections(kind + "s", kind));
        return parts;
    }

    /** Whether anybody can come in, by an inbound or a bridge. */
    boolean isEntered() {
        return !inbounds.isEmpty()
                || !bridges.isEmpty()
                || outbounds.stream().anyMatch(outbound -> outbound.settings().reverse() != null);
    }

    /** Whether there is nothing to start. */
    boolean isEmpty() {
        return !isEntered() && outbounds.isEmpty() && routing.rules().isEmpty();
    }

    /** Whether anybody here asks for names where V2Ray and Xray ask their own table; all else is for the system. */
    boolean looksUp() {
        return routing.strategy() != DomainStrategy.AS_IS
                || outbounds.stream()
                        .anyMatch(outbound -> outbound.settings() instanceof FreedomOutbound freedom
                                && freedom.strategy() != AddressChoice.AS_IS);
    }

    Model with(List<InboundPart> otherInbounds, List<OutboundPart> otherOutbounds, RoutingPart otherRouting) {
        return new Model(log, List.of(), List.of(), otherInbounds, otherOutbounds, otherRouting, policy, hosts);
    }
}
