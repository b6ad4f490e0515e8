package dev.reversetunnel.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * An object of a document while it is read. What is asked for is what is supported: a key that nobody asks for is told
 * at the end, so that nothing is dropped silently. A value of a wrong kind is told, and the default goes on.
 *
 * <p>Keys are found in any case, as V2Ray and Xray find them. A null is as good as nothing.
 */
final class Section {
    private final String scope;
    private final Value.Members object;
    private final Faults faults;
    private final Map<String, String> written = new LinkedHashMap<>();
    private final Set<String> asked = new LinkedHashSet<>();
    private final Set<String> taken = new TreeSet<>();

    private Section(String scope, Value.Members object, Faults faults) {
        this.scope = scope;
        this.object = object;
        this.faults = faults;
        for (String key : object.members().keySet()) {
            String other = written.putIfAbsent(key.toLowerCase(Locale.ROOT), key);
            if (other != null) {
                faults.fault(place().with(key), "is there as \"" + other + "\" already (expected: one of them)");
            }
        }
        faults.reading(this);
    }

    /**
     * An object.
     *
     * @param scope its kind, by which {@link UnsupportedKeys} know it
     * @param value if it is no object, that is told, and an empty one is read
     */
    static Section of(String scope, Value value, Faults faults) {
        if (value instanceof Value.Members object) {
            return new Section(scope, object, faults);
        }
        faults.fault(value.place(), value.kind() + " (expected: an object, { ... })");
        return new Section(scope, new Value.Members(value.place(), Map.of()), faults);
    }

    Place place() {
        return object.place();
    }

    /** Where a member is, or would be. */
    Place place(String key) {
        Value value = find(key);
        return value == null ? place().with(key) : value.place();
    }

    Faults faults() {
        return faults;
    }

    boolean has(String key) {
        Value value = find(key);
        return value != null && !(value instanceof Value.Null);
    }

    private @Nullable Value find(String key) {
        String found = object.members().containsKey(key) ? key : written.get(key.toLowerCase(Locale.ROOT));
        return found == null ? null : object.members().get(found);
    }

    /** Any value; null if there is none. */
    @Nullable
    Value value(String key) {
        asked.add(key);
        taken.add(key.toLowerCase(Locale.ROOT));
        Value value = find(key);
        return value instanceof Value.Null ? null : value;
    }

    // ---- plain values ----

    @Nullable
    String text(String key) {
        return text(key, value(key));
    }

    String text(String key, String otherwise) {
        String text = text(key);
        return text == null ? otherwise : text;
    }

    private @Nullable String text(String key, @Nullable Value value) {
        if (value == null || value instanceof Value.Text) {
            return value == null ? null : ((Value.Text) value).text();
        }
        wrong(key, value, "text in double quotes");
        return null;
    }

    /** A text that has to be there; if it is not, that is told, and null goes on. */
    @Nullable
    String required(String key, String what) {
        String text = text(key);
        if (text == null || text.isBlank()) {
            missing(key, what);
            return null;
        }
        return text;
    }

    /** A text that is told to nobody. */
    @Nullable
    Secret secret(String key) {
        String text = text(key);
        return text == null ? null : new Secret(text);
    }

    void missing(String key, String what) {
        if (value(key) == null || value(key) instanceof Value.Text) {
            faults.fault(place(key), (has(key) ? "empty" : "missing") + " (expected: " + what + ")");
        }
    }

    boolean flag(String key, boolean otherwise) {
        Value value = value(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Value.Flag flag) {
            return flag.on();
        }
        wrong(key, value, "true or false");
        return otherwise;
    }

    /** A whole number in a range; null if there is none, or it was told to be wrong. */
    @Nullable
    Integer number(String key, int least, int most) {
        Value value = value(key);
        if (value == null) {
            return null;
        }
        String expected = least + "~" + most;
        if (!(value instanceof Value.Figure number)) {
            wrong(key, value, "a number, " + expected);
            return null;
        }
        Integer parsed = Numbers.parse(number.text(), least, most);
        if (parsed == null) {
            faults.fault(value.place(), number.text() + " (expected: " + expected + ")");
        }
        return parsed;
    }

    /** One of some words, in any case; null if there is none. */
    <T> @Nullable T oneOf(String key, Map<String, T> words) {
        String text = text(key);
        return text == null ? null : oneOf(key, place(key), text, words);
    }

    <T> @Nullable T oneOf(String key, Place at, String text, Map<String, T> words) {
        for (Map.Entry<String, T> word : words.entrySet()) {
            if (word.getKey().equalsIgnoreCase(text)) {
                return word.getValue();
            }
        }
        UnsupportedKeys.Entry entry = UnsupportedKeys.find(scope, key + '=' + text.toLowerCase(Locale.ROOT));
        if (entry == null) {
            faults.fault(
                    at,
                    '"' + text + "\" (expected: " + Words.choice(words.keySet()) + ")"
                            + Words.nearest(text, words.keySet()));
        } else {
            tell(entry, at, '"' + text + '"');
        }
        return null;
    }

    private void wrong(String key, Value value, String expected) {
        faults.fault(value.place(), value.kind() + " (expected: " + expected + ")");
        asked.add(key);
    }

    // ---- lists and objects ----

    /** A list of texts, or one text with commas, as V2Ray takes them; empty if there is none. */
    List<String> texts(String key) {
        return entries(key).stream().map(Value.Text::text).toList();
    }

    /** As {@link #texts}, with their places. */
    List<Value.Text> entries(String key) {
        Value value = value(key);
        List<Value.Text> texts = new ArrayList<>();
        if (value instanceof Value.Text text) {
            for (String part : text.text().split(",", -1)) {
                if (!part.isBlank()) {
                    texts.add(new Value.Text(text.place(), part.strip()));
                }
            }
        } else if (value instanceof Value.Items items) {
            for (Value item : items.items()) {
                if (item instanceof Value.Text text) {
                    texts.add(text);
                } else {
                    wrong(key, item, "text in double quotes");
                }
            }
        } else if (value != null) {
            wrong(key, value, "a list of texts");
        }
        return texts;
    }

    /** An object inside; null if there is none. */
    @Nullable
    Section section(String key, String kind) {
        Value value = value(key);
        return value == null ? null : of(kind, value, faults);
    }

    /** An object inside; an empty one if there is none. */
    Section sectionOrEmpty(String key, String kind) {
        Value value = value(key);
        return of(kind, value == null ? new Value.Members(place().with(key), Map.of()) : value, faults);
    }

    /** A list of objects; empty if there is none. */
    List<Section> sections(String key, String kind) {
        Value value = value(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof Value.Items items)) {
            wrong(key, value, "a list, [ ... ]");
            return List.of();
        }
        List<Section> sections = new ArrayList<>();
        for (Value item : items.items()) {
            if (!(item instanceof Value.Null)) {
                sections.add(of(kind, item, faults));
            }
        }
        return sections;
    }

    /** The members of an object whose keys are not fixed, such as headers; empty if there is none. */
    Map<String, Value> members(String key) {
        Value value = value(key);
        if (value == null) {
            return Map.of();
        }
        if (value instanceof Value.Members members) {
            return members.members();
        }
        wrong(key, value, "an object, { ... }");
        return Map.of();
    }

    /** What a reader of this section makes of a member; null if there is none. */
    <T> @Nullable T read(String key, BiFunction<Value, Faults, @Nullable T> reader) {
        Value value = value(key);
        return value == null ? null : reader.apply(value, faults);
    }

    // ---- what is not supported ----

    /** Tells of keys that nobody asked for, but those by which people leave remarks. */
    void finish() {
        for (Map.Entry<String, Value> member : object.members().entrySet()) {
            String key = member.getKey();
            boolean isRemark = key.startsWith("_") || key.startsWith("//");
            if (isRemark || taken.contains(key.toLowerCase(Locale.ROOT)) || member.getValue() instanceof Value.Null) {
                continue;
            }
            UnsupportedKeys.Entry entry = UnsupportedKeys.find(scope, key);
            if (entry == null) {
                faults.fault(
                        member.getValue().place(),
                        "unknown key (expected: " + Words.choice(asked) + ")" + Words.nearest(key, asked));
            } else if (!entry.isDefault(member.getValue())) {
                tell(entry, member.getValue().place(), "\"" + key + "\"");
            }
        }
    }

    private void tell(UnsupportedKeys.Entry entry, Place place, String what) {
        if (entry.isError()) {
            faults.fault(place, what + " is not supported (expected: " + entry.instead() + ")");
        } else {
            faults.warn(place, what + " has no effect: " + entry.instead());
        }
    }

    /** Its kind, never its content. */
    @Override
    public String toString() {
        return scope + " at " + place();
    }
}
