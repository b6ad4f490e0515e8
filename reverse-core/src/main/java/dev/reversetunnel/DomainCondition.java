package dev.reversetunnel;

import java.util.ArrayList;
import java.util.List;

/**
 * A name is in one of several sets.
 *
 * @param text the patterns
 * @param sets patterns of its own, and then lists by code
 * @param lists codes that were not asked for yet, each with its kind
 */
record DomainCondition(String text, List<DomainSet> sets, List<String> lists) implements Condition {
    static DomainCondition of(String... patterns) {
        DomainSet.Builder own = DomainSet.builder();
        List<String> lists = new ArrayList<>();
        for (String pattern : patterns) {
            String list = pattern.replaceFirst("^ext-(domain|site):", "ext:");
            if (list.startsWith("geosite:") || list.startsWith("ext:")) {
                if (list.endsWith(":")) {
                    throw new IllegalArgumentException(
                            "domain: \"" + pattern + "\" (expected: the code of a list behind it, as geosite:google)");
                }
                lists.add(list);
            } else {
                own.add(pattern);
            }
        }
        List<DomainSet> sets = lists.size() == patterns.length ? List.of() : List.of(own.build());
        return new DomainCondition(Condition.text(List.of(patterns)), sets, List.copyOf(lists));
    }

    /** Names of a set that was made by a program. */
    static DomainCondition of(DomainSet set) {
        return new DomainCondition(set.toString(), List.of(set), List.of());
    }

    @Override
    public String name() {
        return "domain";
    }

    @Override
    public Condition bind(GeoData geo) {
        if (lists.isEmpty()) {
            return this;
        }
        List<DomainSet> all = new ArrayList<>(sets);
        for (String list : lists) {
            all.add(geo.site(list.substring(list.indexOf(':') + 1))
                    .orElseThrow(() ->
                            new IllegalArgumentException("domain: \"" + list + "\" (" + geo.missing(list) + ")")));
        }
        return new DomainCondition(text, List.copyOf(all), List.of());
    }

    @Override
    public boolean holds(Judged judged) {
        if (judged.name().isEmpty()) {
            return false;
        }
        for (DomainSet set : sets) {
            if (set.containsCanonical(judged.name())) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String actual(Judged judged) {
        return judged.name().isEmpty() ? "none" : judged.name();
    }
}
