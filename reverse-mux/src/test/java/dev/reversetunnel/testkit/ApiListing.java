package dev.reversetunnel.testkit;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The public API of a module as text, compared with the committed {@code src/test/api/<module>.txt}.
 *
 * <p>Lists each public or protected class, constructor, method and field of the exported packages. A change of the API
 * thus shows in the diff of a commit, and nobody changes it by accident.
 */
public final class ApiListing {
    private ApiListing() {}

    /**
     * Compares, or writes the file anew if the system property {@code api.update} is {@code true}.
     *
     * @param anchor any class of the module
     * @param module the module's artifact name, such as {@code reverse-mux}; the test runs in its directory
     * @throws AssertionError if the API differs from the committed one; names the lines and how to accept them
     */
    public static void verify(Class<?> anchor, String module) throws IOException {
        Path committed = Path.of(System.getProperty("basedir", "."), "src", "test", "api", module + ".txt");
        List<String> actual = of(anchor);
        if (Boolean.getBoolean("api.update")) {
            Files.createDirectories(committed.getParent());
            Files.write(committed, actual);
            return;
        }
        List<String> expected = Files.exists(committed) ? Files.readAllLines(committed) : List.of();
        if (!actual.equals(expected)) {
            throw new AssertionError("The public API of " + module + " changed:\n\n" + difference(expected, actual)
                    + "\nIf that is wanted: mvn -pl " + module + " -am test -Dtest=ApiListingTest"
                    + " -Dsurefire.failIfNoSpecifiedTests=false -Dapi.update=true\n"
                    + "and commit src/test/api/" + module + ".txt together with a line in CHANGELOG.md.\n");
        }
    }

    /** The listing of the module that holds {@code anchor}: a line for each class, its members indented below. */
    static List<String> of(Class<?> anchor) {
        Path root = rootOf(anchor);
        Set<String> exported = exportedBy(root);
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            files.map(file -> root.relativize(file).toString())
                    .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
                    .map(file -> file.replace(".class", "").replace('/', '.').replace('\\', '.'))
                    .filter(name -> exported.contains(name.substring(0, Math.max(0, name.lastIndexOf('.')))))
                    .sorted()
                    .map(name -> load(name, anchor.getClassLoader()))
                    .filter(ApiSignature::isVisible)
                    .forEach(type -> {
                        lines.add(ApiSignature.of(type));
                        ApiSignature.membersOf(type).forEach(member -> lines.add("    " + member));
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return lines;
    }

    private static Path rootOf(Class<?> anchor) {
        try {
            return Path.of(
                    anchor.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Set<String> exportedBy(Path root) {
        try (var in = Files.newInputStream(root.resolve("module-info.class"))) {
            return ModuleDescriptor.read(in).exports().stream()
                    .filter(export -> !export.isQualified())
                    .map(ModuleDescriptor.Exports::source)
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Class<?> load(String name, ClassLoader loader) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lines that are gone (-) and new (+), each with its class, for a member alone says little. */
    static String difference(List<String> expected, List<String> actual) {
        Set<String> before = qualified(expected);
        Set<String> after = qualified(actual);
        Set<String> changed = new TreeSet<>(before);
        changed.addAll(after);
        return changed.stream()
                .filter(line -> !(before.contains(line) && after.contains(line)))
                .map(line -> (after.contains(line) ? "+ " : "- ") + line + "\n")
                .collect(joining());
    }

    private static Set<String> qualified(List<String> lines) {
        Set<String> result = new TreeSet<>();
        String type = "";
        for (String line : lines) {
            if (line.startsWith(" ")) {
                result.add(type + ": " + line.strip());
            } else {
                type = line.replaceFirst("^.*?\\b(?:class|interface|enum|record|@interface) (\\S+).*$", "$1");
                result.add(line);
            }
        }
        return result;
    }
}
