package dev.reversetunnel.config;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.Transport;

/** Makes a node of a document. What the parts refuse is told with its place. */
final class Assembly {
    private final Model model;
    private final Faults faults;
    private final ReverseTunnel.Builder node = ReverseTunnel.node();

    private Assembly(Model model, Faults faults) {
        this.model = model;
        this.faults = faults;
    }

    static ReverseTunnel.Builder build(Model model, Faults faults) {
        Assembly assembly = new Assembly(model, faults);
        assembly.reverse();
        assembly.inbounds();
        assembly.outbounds();
        assembly.rules();
        return assembly.node;
    }

    private void reverse() {
        for (ReversePart portal : model.portals()) {
            faults.made(portal.place(), () -> node.portal(portal.tag(), portal.domain()));
        }
        for (ReversePart bridge : model.bridges()) {
            faults.made(bridge.place(), () -> node.bridge(bridge.tag(), bridge.domain()));
        }
    }

    private void inbounds() {
        for (InboundPart part : model.inbounds()) {
            int port = part.ports().ranges().get(0).first();
            Listener at = new Listener(port, part.listen(), Transport.tcp());
            Inbound inbound = faults.made(part.place(), () -> part.settings().build(at));
            if (inbound != null) {
                inbound.fault().ifPresent(fault -> faults.fault(part.place(), fault));
                faults.made(part.place(), () -> node.inbound(part.tag(), inbound));
            }
        }
    }

    private void outbounds() {
        for (OutboundPart part : model.outbounds()) {
            Outbound outbound = faults.made(part.place(), () -> part.settings().build(Transport.tcp()));
            if (outbound != null) {
                outbound.fault().ifPresent(fault -> faults.fault(part.place(), fault));
                faults.made(part.place(), () -> node.outbound(part.tag(), outbound));
            }
        }
    }

    private void rules() {
        for (RulePart part : model.rules()) {
            Rule rule = faults.made(part.place(), part::build);
            if (rule != null) {
                node.route(rule);
            }
        }
    }
}
