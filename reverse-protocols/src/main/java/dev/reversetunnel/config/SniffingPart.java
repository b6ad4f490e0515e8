package dev.reversetunnel.config;

import dev.reversetunnel.Sniffed;
import dev.reversetunnel.Sniffing;
import dev.reversetunnel.foreign.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is looked for in the first bytes of visitors.
 *
 * @param names whose names become the destination
 * @param excluded names of which no notice is taken
 * @param rulesOnly whether the destination stays what it is
 */
record SniffingPart(List<String> names, List<String> excluded, boolean rulesOnly) {
    private static final Map<String, String> OVERRIDES = Map.of("http", Sniffed.HTTP, "tls", Sniffed.TLS);

    SniffingPart {
        names = List.copyOf(names);
        excluded = List.copyOf(excluded);
    }

    /** Null if nobody is looked at. */
    static @Nullable SniffingPart read(Section owner) {
        Section sniffing = owner.section("sniffing", "sniffing");
        if (sniffing == null) {
            return null;
        }
        boolean enabled = sniffing.flag("enabled", false);
        boolean metadataOnly = sniffing.flag("metadataOnly", false);
        boolean rulesOnly = sniffing.flag("routeOnly", false);
        List<String> names = new ArrayList<>();
        for (Value.Text entry : sniffing.entries("destOverride")) {
            String name = sniffing.oneOf("destOverride", entry.place(), entry.text(), OVERRIDES);
            if (name != null && !names.contains(name)) {
                names.add(name);
            }
        }
        List<String> excluded = excluded(sniffing);
        return enabled && !metadataOnly ? new SniffingPart(names, excluded, rulesOnly) : null;
    }

    private static List<String> excluded(Section sniffing) {
        List<String> excluded = new ArrayList<>();
        for (Value.Text entry : sniffing.entries("domainsExcluded")) {
            String name = entry.text().startsWith("full:") ? entry.text().substring("full:".length()) : entry.text();
            boolean isName = sniffing.faults()
                            .made(entry.place(), () -> Sniffing.of("http").except(name))
                    != null;
            if (isName) {
                excluded.add(name.toLowerCase(Locale.ROOT));
            }
        }
        return excluded;
    }

    /** BitTorrent is always looked for, as there: rules may ask for it. */
    Sniffing build() {
        Sniffing sniffing = Sniffing.of(Sniffed.HTTP, Sniffed.TLS, Sniffed.BITTORRENT)
                .namesOf(names.toArray(String[]::new))
                .except(excluded.toArray(String[]::new));
        return rulesOnly ? sniffing.rulesOnly() : sniffing;
    }

    Json print(Format format) {
        if (format == Format.V2RAY && (rulesOnly || !excluded.isEmpty())) {
            throw new IllegalArgumentException(
                    "sniffing: V2Ray 4 knows neither routeOnly nor domainsExcluded (expected:"
                            + " none of them; or Xray)");
        }
        Json sniffing = Json.object().with("enabled", true).withTexts("destOverride", names);
        if (!excluded.isEmpty()) {
            sniffing.withTexts("domainsExcluded", excluded);
        }
        return rulesOnly ? sniffing.with("routeOnly", true) : sniffing;
    }
}
