package dev.reversetunnel.config;

import dev.reversetunnel.Rule;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.net.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The conditions of a rule: how documents call them, and which of ours they are. */
enum RuleKey {
    INBOUND(Form.TEXTS, (rule, values) -> rule.from(array(values)), "inboundTag"),
    DOMAIN(Form.TEXTS, (rule, values) -> rule.domain(array(values)), "domain", "domains"),
    IP(Form.TEXTS, (rule, values) -> rule.ip(array(values)), "ip"),
    PORT(Form.PORTS, (rule, values) -> rule.ports(values.get(0)), "port"),
    SOURCE(Form.TEXTS, (rule, values) -> rule.source(array(values)), "source", "sourceIP"),
    SOURCE_PORT(Form.PORTS, (rule, values) -> rule.sourcePorts(values.get(0)), "sourcePort"),
    LOCAL(Form.TEXTS, (rule, values) -> rule.local(array(values)), "localIP"),
    LOCAL_PORT(Form.PORTS, (rule, values) -> rule.localPorts(values.get(0)), "localPort"),
    NETWORK(Form.NETWORKS, (rule, values) -> rule.network(networks(values)), "network"),
    USER(Form.TEXTS, (rule, values) -> rule.user(array(values)), "user"),
    PROTOCOL(Form.TEXTS, (rule, values) -> rule.protocol(array(values)), "protocol");

    /** What V2Ray 4 does not know. */
    private static final Set<RuleKey> OF_XRAY = Set.of(LOCAL, LOCAL_PORT);

    private final Form form;

    @SuppressWarnings("ImmutableEnumChecker") // holds nothing
    private final BiFunction<Rule, List<String>, Rule> adding;

    @SuppressWarnings("ImmutableEnumChecker") // never changed
    private final List<String> names;

    /** How values are written. */
    private enum Form {
        TEXTS,
        PORTS,
        NETWORKS
    }

    RuleKey(Form form, BiFunction<Rule, List<String>, Rule> adding, String... names) {
        this.form = form;
        this.adding = adding;
        this.names = List.of(names);
    }

    /** The values in a rule, under all names, each checked; null if there is none. */
    @Nullable
    List<String> read(Section rule) {
        List<String> values = new ArrayList<>();
        boolean isThere = false;
        for (String name : names) {
            boolean has = rule.has(name);
            isThere |= has;
            if (form == Form.PORTS) {
                Ports ports = rule.read(name, Ports::read);
                if (ports != null) {
                    values.add(ports.toString());
                }
            } else if (form == Form.NETWORKS) {
                if (has) {
                    values.addAll(List.of(Networks.read(rule, name).toString().split(",")));
                }
            } else {
                readTexts(rule, name, values);
            }
        }
        return isThere && !values.isEmpty() ? values : null;
    }

    private void readTexts(Section rule, String name, List<String> values) {
        for (Value.Text entry : rule.entries(name)) {
            String value = entry.text().strip();
            UnsupportedKeys.Entry unsupported =
                    UnsupportedKeys.find("rule", name + '=' + value.toLowerCase(Locale.ROOT));
            if (unsupported != null) {
                rule.faults().warn(entry.place(), '"' + value + "\" never matches: " + unsupported.instead());
            }
            if (rule.faults().made(entry.place(), () -> addTo(Rule.any(), List.of(value))) != null) {
                values.add(value);
            }
        }
    }

    Rule addTo(Rule rule, List<String> values) {
        return adding.apply(rule, values);
    }

    void print(Json rule, List<String> values, Format format) {
        if (format == Format.V2RAY) {
            values.forEach(this::checkForV2Ray);
        }
        if (form == Form.TEXTS) {
            rule.withTexts(names.get(0), values);
        } else {
            rule.with(names.get(0), String.join(",", values));
        }
    }

    private void checkForV2Ray(String value) {
        boolean isNewer = OF_XRAY.contains(this)
                || value.startsWith("!")
                || value.startsWith("dotless:")
                || (this == USER && value.startsWith("regexp:"));
        if (isNewer) {
            throw new IllegalArgumentException(
                    names.get(0) + ": \"" + value + "\" is unknown to V2Ray 4 (expected: another condition; or Xray)");
        }
    }

    /** By its name in documents. */
    @Override
    public String toString() {
        return names.get(0);
    }

    private static String[] array(List<String> values) {
        return values.toArray(String[]::new);
    }

    private static Network[] networks(List<String> names) {
        return names.stream()
                .map(name -> name.equals("udp") ? Network.UDP : Network.TCP)
                .toArray(Network[]::new);
    }
}
