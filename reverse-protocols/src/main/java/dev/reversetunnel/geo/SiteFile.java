package dev.reversetunnel.geo;

import dev.reversetunnel.DomainSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** Lists of domains in the format of {@code geosite.dat}. Any thread. */
final class SiteFile {
    private static final String ORIGIN = "https://github.com/v2fly/domain-list-community/releases";

    private final DatFile file;
    private final Map<String, DomainSet> made = new ConcurrentHashMap<>();

    private SiteFile(DatFile file) {
        this.file = file;
    }

    static SiteFile read(Path path) {
        return new SiteFile(DatFile.read(path, ORIGIN));
    }

    /** The list with this code, which is in lower case, and may be followed by attributes. */
    Optional<DomainSet> list(String code) {
        DomainSet known = made.get(code);
        if (known != null) {
            return Optional.of(known);
        }
        Filter filter = Filter.of(code);
        Slice list = file.lists().get(filter.list());
        if (list == null || !attributes(list).containsAll(filter.attributes())) {
            return Optional.empty();
        }
        DomainSet set = file.inside(list, all -> domains(all, filter.attributes()));
        made.put(code, set);
        return Optional.of(set);
    }

    String missing(String code) {
        Filter filter = Filter.of(code);
        Slice list = file.lists().get(filter.list());
        return list == null
                ? Codes.missing(file.path(), filter.list(), file.lists().keySet())
                : "no domain of list \"" + filter.list() + "\" in " + file.path() + " has the attribute @"
                        + String.join("@", filter.attributes()) + "; there are "
                        + (attributes(list).isEmpty() ? "none" : "@" + String.join(", @", attributes(list)));
    }

    /** {@code google@ads@cn}: the domains of a list that have all these attributes. */
    private record Filter(String list, Collection<String> attributes) {
        static Filter of(String code) {
            List<String> parts = List.of(code.split("@", -1));
            return new Filter(parts.get(0), parts.subList(1, parts.size()));
        }
    }

    private Set<String> attributes(Slice list) {
        return file.inside(list, all -> {
            Set<String> attributes = new TreeSet<>();
            Message.read(all, new Message.Fields() {
                @Override
                public void part(int field, Slice value) throws IOException {
                    if (field == 2) {
                        attributes.addAll(Domain.read(value).attributes());
                    }
                }
            });
            return attributes;
        });
    }

    private static DomainSet domains(Slice list, Collection<String> attributes) throws IOException {
        DomainSet.Builder domains = DomainSet.builder();
        Message.read(list, new Message.Fields() {
            @Override
            public void part(int field, Slice value) throws IOException {
                if (field == 2) {
                    Domain domain = Domain.read(value);
                    if (domain.attributes().containsAll(attributes)) {
                        domain.addTo(domains);
                    }
                }
            }
        });
        return domains.build();
    }

    /** One domain of a list. */
    private record Domain(int type, String value, Set<String> attributes) {
        static Domain read(Slice message) throws IOException {
            int[] type = {0};
            String[] text = {""};
            Set<String> attributes = new HashSet<>(0);
            Message.read(message, new Message.Fields() {
                @Override
                public void number(int field, long value) {
                    if (field == 1) {
                        type[0] = (int) value;
                    }
                }

                @Override
                public void part(int field, Slice value) throws IOException {
                    if (field == 2) {
                        text[0] = value.text();
                    } else if (field == 3) {
                        attributes.add(key(value));
                    }
                }
            });
            return new Domain(type[0], text[0], attributes);
        }

        /** Attributes may have a value, which nobody looks at (V2Ray 4.34). */
        private static String key(Slice attribute) throws IOException {
            String[] key = {""};
            Message.read(attribute, new Message.Fields() {
                @Override
                public void part(int field, Slice value) {
                    if (field == 1) {
                        key[0] = value.text().toLowerCase(Locale.ROOT);
                    }
                }
            });
            return key[0];
        }

        void addTo(DomainSet.Builder domains) throws IOException {
            try {
                switch (type) {
                    case 0 -> domains.keyword(value);
                    case 1 -> domains.regexp(value);
                    case 2 -> domains.domain(value);
                    case 3 -> domains.full(value);
                    default -> throw new IOException("domain type: " + type + " (expected: 0~3)");
                }
            } catch (IllegalArgumentException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }
}
