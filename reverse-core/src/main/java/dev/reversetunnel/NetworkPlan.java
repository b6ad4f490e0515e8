package dev.reversetunnel;

import java.util.ArrayList;
import java.util.List;

/**
 * What the hub of a private network consists of.
 *
 * @param inbounds the tags of where members come in
 */
record NetworkPlan(Members members, List<String> inbounds) {
    /** Tunnels of each member lead to his own portal, and the hub itself to all; then come the accesses. */
    List<Rule> rules(List<Access> accesses) {
        String[] entrances = inbounds.toArray(String[]::new);
        List<Rule> rules = new ArrayList<>();
        for (String member : members.names()) {
            Rule hub = Rule.inbound(ReverseTunnel.DIAL);
            rules.add(Rule.inbound(entrances)
                    .user(member)
                    .domain("full:" + Members.rendezvous(member), "full:" + ControlName.REVERSE)
                    .to(member));
            rules.add(hub.ip(members.address(member)).to(member));
            rules.add(hub.domain(members.domains(member)).to(member));
        }
        accesses.forEach(access -> rules.addAll(access.rules(members, entrances)));
        return rules;
    }

    /** What is wrong with accesses. */
    List<String> faults(List<Access> accesses) {
        return accesses.stream()
                .flatMap(access -> access.faults(members.names()).stream())
                .toList();
    }
}
