package dev.reversetunnel.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** One document after the other, each made of a seed by a few changes, mostly of its structure. */
final class RandomDocument {
    private static final Set<String> SECRET_KEYS = Set.of("id", "password", "pass", "key");
    private static final List<String> NUMBERS = List.of(
            "0",
            "-1",
            "1",
            "65535",
            "65536",
            "2147483648",
            "-9223372036854775809",
            "1e400",
            "0.5",
            "99999999999999999999999999");
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "0",
            "-",
            ":",
            "::",
            "[",
            "a:b",
            "1-2",
            "2-1",
            "1,2",
            "env:",
            "env:NO_SUCH_VARIABLE",
            "10.0.0.0/33",
            "::/129",
            "geosite:",
            "geoip:!",
            "ext:",
            "ext:a:b",
            "regexp:(",
            "regexp:(a+)+$",
            "full:",
            "domain:.",
            "!",
            "#3",
            "\u0000",
            "\ud800",
            "ä€😀",
            "127.0.0.1",
            "fe80::1%eth0",
            "localhost",
            "none",
            "tcp",
            "ws",
            "tls",
            "AsIs",
            "UseIPv4",
            "%",
            "/",
            "a".repeat(300),
            "x\ny");
    private static final int MOST_CHANGES = 4;

    private final Random random;
    private final List<Value> seeds;
    private final List<String> keys;
    private final List<Value> values = new ArrayList<>();
    private final Set<String> known = new TreeSet<>();
    private final Set<String> secrets = new LinkedHashSet<>();
    private String text = "";
    private int changesLeft;

    RandomDocument(Random random, List<Value> seeds) {
        this.random = random;
        this.seeds = seeds;
        Set<String> found = new TreeSet<>();
        seeds.forEach(seed -> collect(seed, found));
        // other programs have other keys for them
        values.removeIf(value -> value instanceof Value.Text text && known.contains(text.text()));
        UnsupportedKeys.all().forEach(entry -> found.add(entry.key()));
        keys = List.copyOf(found);
    }

    /** Keys, and values that are no secrets: these may be put anywhere. */
    private void collect(Value value, Set<String> found) {
        if (value instanceof Value.Members object) {
            object.members().forEach((key, member) -> {
                found.add(key);
                if (isSecret(key) && member instanceof Value.Text secret) {
                    known.add(secret.text());
                } else if (!isSecret(key)) {
                    values.add(member);
                    collect(member, found);
                }
            });
        } else if (value instanceof Value.Items list) {
            list.items().forEach(item -> collect(item, found));
        }
    }

    private static boolean isSecret(String key) {
        return SECRET_KEYS.contains(key.toLowerCase(Locale.ROOT));
    }

    String text() {
        return text;
    }

    /** What nobody may be told. */
    Set<String> secrets() {
        return secrets;
    }

    void next() {
        secrets.clear();
        changesLeft = random.nextInt(MOST_CHANGES + 1);
        StringBuilder out = new StringBuilder();
        write(seeds.get(random.nextInt(seeds.size())), "", out);
        if (random.nextInt(4) == 0) {
            cut(out);
        }
        text = out.toString();
    }

    // ---- structure ----

    private void write(Value value, String key, StringBuilder out) {
        Value written = value;
        if (changesLeft > 0 && random.nextInt(40) == 0) {
            changesLeft--;
            written = another(value);
        }
        if (written instanceof Value.Members object) {
            object(object, out);
        } else if (written instanceof Value.Items list) {
            list(list, key, out);
        } else if (written instanceof Value.Text given) {
            text(isSecret(key) ? secret(given.text()) : given.text(), out);
        } else if (written instanceof Value.Figure number) {
            out.append(number.text());
        } else {
            out.append(written instanceof Value.Flag flag ? String.valueOf(flag.on()) : "null");
        }
    }

    private Value another(Value value) {
        Place place = value.place();
        return switch (random.nextInt(10)) {
            case 0 -> new Value.Null(place);
            case 1 -> new Value.Flag(place, random.nextBoolean());
            case 2 -> new Value.Figure(place, any(NUMBERS));
            case 3 -> new Value.Items(place, List.of(value));
            case 4 -> new Value.Items(place, List.of());
            case 5 -> new Value.Members(place, Map.of(any(keys), value));
            case 6 -> deep(value, random.nextInt(100));
            case 7 -> any(values);
            default -> new Value.Text(place, any(TEXTS));
        };
    }

    private static Value deep(Value value, int levels) {
        Value all = value;
        for (int i = 0; i < levels; i++) {
            all = new Value.Items(value.place(), List.of(all));
        }
        return all;
    }

    private void object(Value.Members object, StringBuilder out) {
        Map<String, Value> members = new LinkedHashMap<>(object.members());
        String twice = "";
        if (changesLeft > 0 && random.nextInt(20) == 0) {
            changesLeft--;
            List<String> there = List.copyOf(members.keySet());
            switch (there.isEmpty() ? 0 : random.nextInt(4)) {
                case 0 -> members.put(any(keys), any(values));
                case 1 -> members.remove(any(there));
                case 2 -> twice = any(there);
                default -> {
                    String key = any(there);
                    members.put(random.nextBoolean() ? key.toUpperCase(Locale.ROOT) : any(keys), members.remove(key));
                }
            }
        }
        out.append('{');
        String comma = "";
        for (Map.Entry<String, Value> member : members.entrySet()) {
            for (int i = member.getKey().equals(twice) ? 2 : 1; i > 0; i--) {
                out.append(comma);
                text(member.getKey(), out);
                out.append(": ");
                write(member.getValue(), member.getKey(), out);
                comma = random.nextInt(8) == 0 ? ",\n" : ", ";
            }
        }
        out.append(random.nextInt(50) == 0 ? ", }" : "}");
    }

    private void list(Value.Items list, String key, StringBuilder out) {
        out.append('[');
        for (int i = 0; i < list.items().size(); i++) {
            out.append(i == 0 ? "" : ", ");
            write(list.items().get(i), key, out);
        }
        out.append(']');
    }

    /** One that could work, or one that could not; never one that stands elsewhere, too. */
    private String secret(String given) {
        String secret = !known.contains(given) || given.length() < 8 || random.nextInt(4) == 0
                ? "s3cr3t" + Long.toHexString(random.nextLong()) + (random.nextBoolean() ? "" : " ".repeat(20))
                : given;
        secrets.add(secret);
        return secret;
    }

    private static void text(String text, StringBuilder out) {
        out.append('"');
        text.chars().forEach(c -> {
            if (c < ' ' || c == '"' || c == '\\') {
                out.append("\\u%04x".formatted(c));
            } else {
                out.append((char) c);
            }
        });
        out.append('"');
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    // ---- text ----

    private void cut(StringBuilder out) {
        int at = random.nextInt(out.length());
        switch (random.nextInt(5)) {
            case 0 -> out.setLength(at);
            case 1 -> out.deleteCharAt(at);
            case 2 ->
                out.insert(
                        at,
                        any(List.of(
                                "{", "}", "[", "]", ",", ":", "\"", "/*", "//", "#", "\\", "\n", "\u0000", "\ufeff")));
            case 3 -> out.setCharAt(at, (char) random.nextInt(128));
            default -> out.setCharAt(at, (char) random.nextInt(65_536));
        }
    }
}
