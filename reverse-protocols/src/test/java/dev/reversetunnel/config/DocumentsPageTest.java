package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code DOCUMENTS.md} and the code say the same: every key that one knows, the other knows, too, and no more. */
class DocumentsPageTest {
    private static final Path PAGE = Path.of("DOCUMENTS.md");
    private static final Path SOURCES = Path.of("src/main/java/dev/reversetunnel/config");
    private static final Pattern WORD = Pattern.compile("\"([A-Za-z][A-Za-z0-9]+)\"");
    private static final Pattern KEY = Pattern.compile("`([^`]+)`");

    private static final List<String> VALUES = List.of("\"x\"", "{}");

    static Set<String> kinds() {
        Set<String> kinds = new TreeSet<>(Templates.kinds());
        kinds.addAll(supported().keySet());
        return kinds;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void a_supported_key_is_in_the_table_and_nothing_else_is(String kind) {
        Set<String> accepted = new TreeSet<>();
        for (String word : words()) {
            if (UnsupportedKeys.find(kind, word) == null && isAccepted(kind, word)) {
                accepted.add(word);
            }
        }
        then(accepted).isEqualTo(lowerCase(supported().getOrDefault(kind, List.of())));
    }

    @Test
    void a_key_is_in_one_table_only() {
        for (UnsupportedKeys.Entry entry : UnsupportedKeys.all()) {
            then(supported().getOrDefault(entry.scope(), List.of())).doesNotContain(entry.key());
        }
    }

    @Test
    void an_unsupported_key_is_in_the_other_table_and_nothing_else_is() {
        List<String> expected = UnsupportedKeys.all().stream()
                .map(entry -> "| %s | `%s` | %s | %s |"
                        .formatted(
                                entry.scope(),
                                entry.key().replace("=", ": "),
                                entry.isError() ? "an error" : "a warning",
                                entry.instead()))
                .toList();
        then(rows("| object | key | is | instead |")).isEqualTo(expected);
    }

    /** Whether the code asks for a key, or knows it as unsupported. */
    private static boolean isAccepted(String kind, String key) {
        return VALUES.stream()
                .map(value -> Templates.of(kind).replace("%s", '"' + key + "\": " + value))
                .anyMatch(document -> faults(document).stream()
                        .noneMatch(line -> line.contains('.' + key + ": unknown key")
                                || line.contains(": " + key + ": unknown key")));
    }

    private static List<String> faults(String document) {
        Faults faults = new Faults();
        try {
            Model.read(Section.of("document", JsonReader.read(document, "", faults), faults));
            faults.finishReading();
            faults.throwIfWrong();
            return List.of();
        } catch (DocumentException e) {
            return e.faults();
        }
    }

    /** All that may be a key: the words of the page, and those in quotes in the code. */
    private static Set<String> words() {
        Set<String> words =
                supported().values().stream().flatMap(List::stream).collect(Collectors.toCollection(TreeSet::new));
        try (Stream<Path> sources = Files.list(SOURCES)) {
            sources.filter(source -> source.toString().endsWith(".java"))
                    .map(DocumentsPageTest::read)
                    .flatMap(source -> WORD.matcher(source).results())
                    .map(found -> found.group(1))
                    .forEach(words::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return lowerCase(words);
    }

    /** As keys are found in any case. */
    private static Set<String> lowerCase(Collection<String> words) {
        return words.stream().map(word -> word.toLowerCase(Locale.ROOT)).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Map<String, List<String>> supported() {
        Map<String, List<String>> supported = new TreeMap<>();
        for (String row : rows("| object | keys |")) {
            String[] cells = row.split("\\|", -1);
            supported.put(
                    cells[1].strip(),
                    KEY.matcher(cells[2]).results().map(found -> found.group(1)).toList());
        }
        return supported;
    }

    /** The lines of the table that has this head. */
    private static List<String> rows(String head) {
        List<String> lines = read(PAGE).lines().toList();
        int first = lines.indexOf(head) + 2;
        then(first).as("a table with the head %s", head).isGreaterThan(1);
        return lines.subList(first, lines.size()).stream()
                .takeWhile(line -> line.startsWith("|"))
                .toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
