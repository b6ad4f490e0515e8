package dev.reversetunnel.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Options of a command line, a name and a value each. */
final class Arguments {
    private final Map<String, List<String>> given = new LinkedHashMap<>();

    /**
     * Reads them.
     *
     * @param usage names all options, each between two blanks and one
     * @param repeated those that may be given several times
     * @param args name, value, name, value
     * @throws IllegalArgumentException if one is unknown, has no value or is given twice
     */
    Arguments(String usage, Set<String> repeated, String... args) {
        for (int i = 0; i < args.length; i += 2) {
            String name = args[i];
            if (!usage.contains("  " + name + " ")) {
                throw new IllegalArgumentException("unknown option: " + name);
            }
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(name + ": no value");
            }
            List<String> values = given.computeIfAbsent(name, key -> new ArrayList<>());
            if (!values.isEmpty() && !repeated.contains(name)) {
                throw new IllegalArgumentException(name + ": given twice");
            }
            values.add(args[i + 1]);
        }
    }

    @Nullable
    String get(String name) {
        List<String> values = all(name);
        return values.isEmpty() ? null : values.get(0);
    }

    String get(String name, String otherwise) {
        String value = get(name);
        return value == null ? otherwise : value;
    }

    @Nullable
    Path path(String name) {
        String value = get(name);
        return value == null ? null : Path.of(value);
    }

    List<String> all(String name) {
        return given.getOrDefault(name, List.of());
    }

    int positive(String name, int otherwise) {
        return number(name, get(name, Integer.toString(otherwise)));
    }

    Duration seconds(String name, int otherwise) {
        return Duration.ofSeconds(positive(name, otherwise));
    }

    /** Numbers with commas between them. */
    List<Integer> numbers(String name, String otherwise) {
        return words(get(name, otherwise), ",").stream()
                .map(value -> number(name, value))
                .toList();
    }

    static List<String> words(String text, String separator) {
        return Arrays.stream(text.split(separator, -1))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static int number(String name, String value) {
        try {
            int number = Integer.parseInt(value);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below, as a number that is too small is
        }
        throw new IllegalArgumentException(name + ": " + value + " (expected: a whole number above 0)");
    }
}
