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
 */
record Model(
        LogPart log,
        List<ReversePart> bridges,
        List<ReversePart> portals,
        List<InboundPart> inbounds,
        List<OutboundPart> outbounds,
        RoutingPart routing,
        PolicyPart policy) {
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
                PolicyPart.read(document));
        model.checkHosts(document.sectionOrEmpty("dns", "dns"));
        Tags.check(model, document.faults());
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

    /** Names of their own count where the program looks them up itself; the system is asked here. */
    private void checkHosts(Section dns) {
        boolean looksUp = routing.strategy() != DomainStrategy.AS_IS
                || outbounds.stream()
                        .anyMatch(outbound -> outbound.settings() instanceof FreedomOutbound freedom
                                && freedom.strategy() != AddressChoice.AS_IS);
        if (dns.members("hosts").isEmpty()) {
            return;
        }
        if (looksUp) {
            dns.faults()
                    .fault(
                            dns.place("hosts"),
                            "not supported (expected: the same lines in the hosts file of the"
                                    + " system, which is asked instead)");
        } else {
            dns.faults().warn(dns.place("hosts"), "has no effect: nothing here asks for these names");
        }
    }

    Model with(List<InboundPart> otherInbounds, List<OutboundPart> otherOutbounds, RoutingPart otherRouting) {
        return new Model(log, List.of(), List.of(), otherInbounds, otherOutbounds, otherRouting, policy);
    }
}
