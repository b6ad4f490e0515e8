package dev.reversetunnel.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What documents of V2Ray and Xray may say and this library does not do: the one list, from which errors, warnings and
 * {@code DOCUMENTS.md} are made.
 */
final class UnsupportedKeys {
    private static final Map<String, Entry> BY_NAME = new HashMap<>();
    private static final List<Entry> ALL = new ArrayList<>();

    static {
        Stream.of(UnsupportedTables.ALL)
                .flatMap(String::lines)
                .filter(line -> !line.isBlank())
                .map(Entry::parse)
                .forEach(entry -> {
                    ALL.add(entry);
                    if (BY_NAME.putIfAbsent(name(entry.scope, entry.key), entry) != null) {
                        throw new IllegalStateException("twice in the list: " + entry);
                    }
                });
    }

    private UnsupportedKeys() {}

    /**
     * Something that is not supported.
     *
     * @param scope the kind of object that it is in
     * @param key its key; with a value behind {@code =} if only that value is meant
     * @param isError whether the document cannot be used with it; otherwise it has no effect, and a warning is given
     * @param instead what is done instead, or can be
     */
    record Entry(String scope, String key, boolean isError, String instead) {
        private static Entry parse(String line) {
            String[] parts = line.split("\\|", 4);
            if (parts.length != 4) {
                throw new IllegalStateException("not four columns: " + line);
            }
            return new Entry(
                    parts[0].strip(), parts[1].strip(), parts[2].strip().equals("error"), parts[3].strip());
        }

        /** Whether the value only says that the thing is off, so that nothing is lost. */
        boolean isDefault(Value value) {
            if (value instanceof Value.Flag flag) {
                return !flag.on();
            }
            if (value instanceof Value.Text text) {
                return text.text().isEmpty()
                        || text.text().equalsIgnoreCase("none")
                        || text.text().equalsIgnoreCase("off")
                        || text.text().equalsIgnoreCase("AsIs");
            }
            if (value instanceof Value.Figure number) {
                return number.text().equals("0");
            }
            if (value instanceof Value.Items items) {
                return items.items().isEmpty();
            }
            return value instanceof Value.Members members
                    && members.members().values().stream().allMatch(this::isDefault);
        }
    }

    static @Nullable Entry find(String scope, String key) {
        return BY_NAME.get(name(scope, key));
    }

    /** In the order in which they are printed. */
    static List<Entry> all() {
        return List.copyOf(ALL);
    }

    private static String name(String scope, String key) {
        return scope + '\n' + key.toLowerCase(Locale.ROOT);
    }
}
