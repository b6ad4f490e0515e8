package dev.reversetunnel.config;

import dev.reversetunnel.crypto.UserId;
import dev.reversetunnel.foreign.ClearText;
import dev.reversetunnel.net.Destination;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes bridges and portals that register by a domain into those that register by VLESS' command, for Xray since
 * 26.4.25 has no others. Each end does its half alone: ids are kept, or made of what both ends know.
 */
final class Migration {
    private static final int ID_CHARS = 30;

    private final Model model;
    private final Faults faults;
    private final Map<String, OutboundPart> outbounds = new LinkedHashMap<>();
    private final Map<String, InboundPart> inbounds = new LinkedHashMap<>();
    private final List<RulePart> rules;

    private Migration(Model model, Faults faults) {
        this.model = model;
        this.faults = faults;
        model.outbounds().forEach(part -> outbounds.put(part.tag(), part));
        model.inbounds().forEach(part -> inbounds.put(part.tag(), part));
        rules = new ArrayList<>(model.routing().rules());
    }

    static Model toCommand(Model model, Faults faults) {
        if (model.bridges().isEmpty() && model.portals().isEmpty()) {
            return model;
        }
        Migration migration = new Migration(model, faults);
        model.bridges().forEach(migration::bridge);
        model.portals().forEach(migration::portal);
        migration.checkOthers();
        List<OutboundPart> ways = new ArrayList<>(migration.outbounds.values());
        if (ways.isEmpty() && !model.portals().isEmpty()) {
            // What fits no rule goes to the first one, which the portal must not become.
            Place place = model.portals().get(0).place();
            ways.add(new OutboundPart(place, "block", true, new BlackholeOutbound(false), StreamPart.TCP, false));
        }
        return model.with(
                List.copyOf(migration.inbounds.values()),
                ways,
                new RoutingPart(
                        model.routing().strategy(),
                        migration.rules,
                        model.routing().balancers()));
    }

    // ---- the private end ----

    private void bridge(ReversePart bridge) {
        Registration registration = new Registration(bridge.tag(), bridge.domain(), null);
        RulePart rule = registration.rule(model.routing().rules());
        if (rule != null && rule.isBalancer()) {
            faults.fault(rule.place(), "a balancer leads bridges to portals (expected: one outbound for each bridge)");
            return;
        }
        String tag = rule != null
                ? rule.target()
                : model.outbounds().isEmpty() ? "" : model.outbounds().get(0).tag();
        OutboundPart way = outbounds.get(tag);
        VlessOutbound.Server server = way == null ? null : server(way);
        if (way == null || server == null) {
            faults.fault(
                    bridge.place(),
                    "registers by \"" + tag + "\" (expected: an outbound of vmess, vless or"
                            + " shadowsocks with one server, which no other bridge uses)");
            return;
        }
        Destination portal = Destination.tcp(server.at().host(), server.at().port());
        if (way.stream().tls() == null && !ClearText.isAllowedTo(portal)) {
            faults.fault(
                    way.place(),
                    "would travel in clear, for VLESS does not encrypt (expected: \"streamSettings\""
                            + " with \"security\": \"tls\" at both ends)");
        }
        VlessOutbound.Reverse reverse = new VlessOutbound.Reverse(bridge.place(), bridge.tag());
        outbounds.put(tag, way.with(new VlessOutbound(List.of(server), reverse)));
        forget(RuleKey.DOMAIN, "full:" + bridge.domain(), tag);
        for (RulePart other : rules) {
            if (other.target().equals(tag) && !other.isBalancer()) {
                faults.fault(
                        other.place(),
                        "leads to \"" + tag + "\", by which bridge \"" + bridge.tag()
                                + "\" registers, and nothing else may go there (expected: an outbound of its own)");
            }
        }
    }

    private static VlessOutbound.@Nullable Server server(OutboundPart way) {
        OutboundSettings settings = way.settings();
        if (settings.endpoints().size() != 1) {
            return null;
        }
        if (settings instanceof VmessOutbound vmess) {
            VmessOutbound.Server only = vmess.servers().get(0);
            return new VlessOutbound.Server(only.place(), only.at(), only.id());
        }
        if (settings instanceof ShadowsocksOutbound shadowsocks) {
            ShadowsocksOutbound.Server only = shadowsocks.servers().get(0);
            return new VlessOutbound.Server(only.place(), only.at(), id(only.password()));
        }
        return settings instanceof VlessOutbound vless && vless.reverse() == null
                ? vless.servers().get(0)
                : null;
    }

    /** Of a password, the same at both ends. Of a server key and a user's, the user's counts. */
    private static Secret id(Secret password) {
        String own = password.text().substring(password.text().lastIndexOf(':') + 1);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(own.getBytes(StandardCharsets.UTF_8));
            String text = HexFormat.of().formatHex(hash).substring(0, ID_CHARS);
            return new Secret(UserId.of(text).uuid().toString());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    // ---- the public end ----

    private void portal(ReversePart portal) {
        Set<String> ways = new LinkedHashSet<>();
        for (InboundPart inbound : model.inbounds()) {
            List<VlessInbound.User> users =
                    users(inbounds.getOrDefault(inbound.tag(), inbound).settings());
            List<VlessInbound.User> changed = new ArrayList<>();
            boolean registers = false;
            for (VlessInbound.User user : users) {
                RulePart rule = new Registration(inbound.tag(), portal.domain(), user.email())
                        .rule(model.routing().rules());
                boolean isBridge =
                        rule != null && !rule.isBalancer() && rule.target().equals(portal.tag());
                registers |= isBridge;
                changed.add(isBridge ? reverse(user, portal) : user);
            }
            if (registers) {
                ways.add(inbound.tag());
                inbounds.put(inbound.tag(), migrated(inbound, changed));
            }
        }
        if (ways.isEmpty()) {
            faults.fault(
                    portal.place(),
                    "no bridge can register (expected: a rule from an inbound of vmess, vless or" + " shadowsocks to \""
                            + portal.tag() + "\")");
        }
        ways.forEach(tag -> forget(RuleKey.INBOUND, tag, portal.tag()));
        if (rules.stream().noneMatch(rule -> rule.target().equals(portal.tag()))) {
            faults.fault(
                    portal.place(),
                    "visitors come in by the same inbound as bridges, and bridges may do nothing else"
                            + " there (expected: an inbound of their own, and a rule from it to \"" + portal.tag()
                            + "\")");
        }
    }

    private VlessInbound.User reverse(VlessInbound.User user, ReversePart portal) {
        if (user.reverse() != null) {
            faults.fault(
                    user.place(),
                    "registers at \"" + user.reverse() + "\" and at \"" + portal.tag()
                            + "\" (expected: a user for each)");
        }
        return new VlessInbound.User(user.place(), user.email(), user.id(), portal.tag());
    }

    private InboundPart migrated(InboundPart inbound, List<VlessInbound.User> users) {
        InboundPart now = inbounds.getOrDefault(inbound.tag(), inbound);
        InetAddress ip = inbound.listen() == null ? null : Address.ip(inbound.listen());
        boolean isNear = ip != null && ClearText.isAllowedTo(Destination.tcp(ip.getHostAddress(), 0));
        if (inbound.stream().tls() == null && !isNear) {
            faults.fault(
                    inbound.place(),
                    "would travel in clear, for VLESS does not encrypt (expected:"
                            + " \"streamSettings\" with \"security\": \"tls\" at both ends; or \"listen\" at an address that is"
                            + " not on the open Internet)");
        }
        FallbackPart fallback = now.settings() instanceof VlessInbound vless ? vless.fallback() : null;
        return now.with(new VlessInbound(users, fallback));
    }

    /** Who came by another protocol and is no bridge would have to come by VLESS now. */
    private void checkOthers() {
        for (InboundPart before : model.inbounds()) {
            InboundPart now = inbounds.getOrDefault(before.tag(), before);
            if (now.settings() instanceof VlessInbound vless && !(before.settings() instanceof VlessInbound)) {
                vless.users().stream()
                        .filter(user -> user.reverse() == null)
                        .forEach(user -> faults.fault(
                                user.place(),
                                "comes in where bridges register, and would have to change to VLESS with them"
                                        + " (expected: an inbound of his own)"));
            }
        }
    }

    private static List<VlessInbound.User> users(InboundSettings settings) {
        if (settings instanceof VmessInbound vmess) {
            return vmess.users().stream()
                    .map(user -> new VlessInbound.User(user.place(), user.email(), user.id(), null))
                    .toList();
        }
        if (settings instanceof ShadowsocksInbound shadowsocks) {
            return shadowsocks.users().stream()
                    .map(user -> new VlessInbound.User(user.place(), user.email(), id(user.password()), null))
                    .toList();
        }
        return settings instanceof VlessInbound vless ? vless.users() : List.of();
    }

    // ---- rules ----

    /** Takes a value out of the rules to a target; a rule that has no other goes. */
    private void forget(RuleKey key, String value, String target) {
        for (int i = rules.size() - 1; i >= 0; i--) {
            RulePart rule = rules.get(i);
            List<String> values = rule.values(key);
            if (rule.target().equals(target) && values.contains(value)) {
                List<String> left =
                        values.stream().filter(other -> !other.equals(value)).toList();
                if (left.isEmpty()) {
                    rules.remove(i);
                } else {
                    rules.set(i, rule.with(key, left));
                }
            }
        }
    }
}
