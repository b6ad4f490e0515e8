package dev.reversetunnel.config;

import dev.reversetunnel.DomainSet;
import dev.reversetunnel.GeoData;
import dev.reversetunnel.NameService;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.net.Destination;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Names that the document knows itself, in {@code hosts} of its section {@code dns}.
 *
 * @param place where they stand
 * @param entries in their order
 */
record HostsPart(Place place, List<Entry> entries) {
    private static final List<String> LISTS = List.of("geosite:", "ext:");
    private static final String FULL = "full:";

    HostsPart {
        entries = List.copyOf(entries);
    }

    /**
     * Some names, and where they lead.
     *
     * @param names a pattern; without a prefix it is one whole name, other than in rules
     * @param addresses none if there is an alias
     * @param alias another name, whose addresses count; null if there are addresses
     */
    record Entry(
            Place place,
            String names,
            List<InetAddress> addresses,
            @Nullable String alias) {
        Entry {
            addresses = List.copyOf(addresses);
        }

        boolean isWholeName() {
            return names.startsWith(FULL) || names.indexOf(':') < 0;
        }

        /** Null if there is no such list on this machine, or the pattern cannot be, which is told. */
        private @Nullable DomainSet set(GeoData lists, Faults faults) {
            if (isList(names)) {
                String list = names.substring(names.indexOf(':') + 1);
                return faults.madeHere(
                        place,
                        () -> lists.site(list).orElseThrow(() -> new IllegalArgumentException(lists.missing(names))));
            }
            return pattern(names, place, faults);
        }
    }

    static HostsPart read(Section dns) {
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, Value> member : dns.members("hosts").entrySet()) {
            Entry entry = entry(member.getKey(), member.getValue(), dns.faults());
            if (entry != null) {
                entries.add(entry);
            }
        }
        return new HostsPart(dns.place("hosts"), entries);
    }

    private static @Nullable Entry entry(String names, Value value, Faults faults) {
        if (!isList(names) && pattern(names, value.place(), faults) == null) {
            return null;
        }
        List<Value> listed = value instanceof Value.Items items ? items.items() : List.of(value);
        List<Destination> targets = new ArrayList<>();
        for (Value one : listed) {
            Destination target = target(one, faults);
            if (target == null) {
                return null;
            }
            targets.add(target);
        }
        if (targets.isEmpty() || (targets.size() > 1 && targets.stream().anyMatch(Destination::isDomain))) {
            faults.fault(
                    value.place(),
                    (targets.isEmpty() ? "nothing" : "a name among others")
                            + " (expected: one IP address or more, or one other name)");
            return null;
        }
        String alias = targets.get(0).isDomain() ? targets.get(0).host() : null;
        return new Entry(
                value.place(),
                names,
                alias == null
                        ? targets.stream()
                                .map(target -> Objects.requireNonNull(target.address()))
                                .toList()
                        : List.of(),
                alias);
    }

    private static @Nullable Destination target(Value value, Faults faults) {
        if (!(value instanceof Value.Text text)) {
            faults.fault(value.place(), value.kind() + " (expected: an IP address or a name, in double quotes)");
            return null;
        }
        if (text.text().startsWith("#")) {
            faults.fault(
                    value.place(),
                    '"' + text.text() + "\" is not supported (expected: an IP address or a name; a rule to a blackhole"
                            + " refuses a name)");
            return null;
        }
        return faults.made(value.place(), () -> Destination.tcp(text.text().strip(), 0));
    }

    private static @Nullable DomainSet pattern(String names, Place place, Faults faults) {
        return faults.made(place, () -> DomainSet.of(names.indexOf(':') < 0 ? FULL + names : names));
    }

    private static boolean isList(String names) {
        return LISTS.stream().anyMatch(names::startsWith);
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /**
     * Finds these names first.
     *
     * @param lists for {@code geosite:} and {@code ext:}
     * @param others asked for all other names
     */
    NameService service(GeoData lists, NameService others, Faults faults) {
        List<HostTable.Line> lines = new ArrayList<>();
        for (Entry entry : entries) {
            DomainSet set = entry.set(lists, faults);
            if (set != null) {
                int at = entry.isWholeName() ? wholeNames(lines) : lines.size();
                lines.add(at, new HostTable.Line(set, entry.isWholeName(), entry.addresses, entry.alias));
            }
        }
        return new HostTable(lines, others);
    }

    private static int wholeNames(List<HostTable.Line> lines) {
        return (int) lines.stream().filter(HostTable.Line::isWholeName).count();
    }

    /**
     * Null if there are none.
     *
     * @throws IllegalArgumentException if that program cannot do this
     */
    @Nullable
    Json print(Format format) {
        if (isEmpty()) {
            return null;
        }
        Json hosts = Json.object();
        for (Entry entry : entries) {
            List<String> targets = entry.alias == null
                    ? entry.addresses.stream().map(HostsPart::text).toList()
                    : List.of(entry.alias);
            if (targets.size() == 1) {
                hosts.with(entry.names, targets.get(0));
            } else if (format == Format.V2RAY) {
                throw new IllegalArgumentException(
                        entry.names + ": V2Ray 4 knows one address of a name (expected: one, or Xray)");
            } else {
                hosts.withTexts(entry.names, targets);
            }
        }
        return Json.object().with("hosts", hosts);
    }

    private static String text(InetAddress address) {
        return Destination.tcp(address.getHostAddress(), 0).host();
    }
}
