package dev.reversetunnel.config;

import java.util.ArrayList;
import java.util.List;

/**
 * What a document says, read and understood, section by section.
 *
 * @param bridges private ends that register by a domain
 * @param portals public ends at which bridges register by a domain
 * @param inbounds ways in
 * @param outbounds ways out; the first is for whoever fits no rule
 * @param rules in their order
 */
record Model(
        List<ReversePart> bridges,
        List<ReversePart> portals,
        List<InboundPart> inbounds,
        List<OutboundPart> outbounds,
        List<RulePart> rules) {

    static Model read(Section document) {
        Section reverse = document.sectionOrEmpty("reverse", "reverse");
        List<ReversePart> bridges = ReversePart.read(reverse, "bridges");
        List<ReversePart> portals = ReversePart.read(reverse, "portals");
        document.sectionOrEmpty("log", "log").text("loglevel");
        List<InboundPart> inbounds = new ArrayList<>();
        for (Section inbound : document.sections("inbounds", "inbound")) {
            InboundPart part = InboundPart.read(inbound, inbounds.size());
            if (part != null) {
                inbounds.add(part);
            }
        }
        List<OutboundPart> outbounds = new ArrayList<>();
        for (Section outbound : document.sections("outbounds", "outbound")) {
            OutboundPart part = OutboundPart.read(outbound, outbounds.size());
            if (part != null) {
                outbounds.add(part);
            }
        }
        List<RulePart> rules = new ArrayList<>();
        Section routing = document.sectionOrEmpty("routing", "routing");
        routing.text("strategy");
        Section settings = routing.section("settings", "routing");
        for (Section rule : (settings == null ? routing : settings).sections("rules", "rule")) {
            RulePart part = RulePart.read(rule);
            if (part != null) {
                rules.add(part);
            }
        }
        return new Model(bridges, portals, inbounds, outbounds, rules);
    }
}
