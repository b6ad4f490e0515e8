package dev.reversetunnel.house;

import static org.assertj.core.api.BDDAssertions.then;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of what never happens names tests that are there. */
class ReliabilityPageTest {
    private static final Path PAGE = Path.of("..", "reverse-core", "RELIABILITY.md");
    private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT))`");

    @Test
    void each_promise_is_shown_by_a_test_that_exists() throws IOException {
        Set<String> tests = tests();
        Set<String> named = new TreeSet<>();
        for (String line : promises()) {
            List<String> inLine =
                    TEST.matcher(line).results().map(test -> test.group(1)).toList();
            then(inLine).as("tests in: %s", line).isNotEmpty();
            named.addAll(inLine);
        }
        then(named).isNotEmpty().isSubsetOf(tests);
    }

    /** The rows of its tables, without the heads and what separates them. */
    private static List<String> promises() throws IOException {
        return Files.readAllLines(PAGE).stream()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| ---") && !line.contains("| shown by |"))
                .toList();
    }

    private static Set<String> tests() throws IOException {
        Set<String> tests = new TreeSet<>();
        for (Path folder : testSources()) {
            try (Stream<Path> files = Files.walk(folder)) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".java"))
                        .map(name -> name.substring(0, name.length() - ".java".length()))
                        .forEach(tests::add);
            }
        }
        return tests;
    }

    /** Of all modules; what builds write beside them comes and goes. */
    private static List<Path> testSources() throws IOException {
        try (Stream<Path> folders = Files.walk(Path.of(".."), 2)) {
            return folders.map(folder -> folder.resolve(Path.of("src", "test", "java")))
                    .filter(Files::isDirectory)
                    .toList();
        }
    }
}
