package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Documents that were changed at random, in their structure and in their text: each is loaded, or refused by a
 * {@link DocumentException} whose lines say where, and nobody is told a secret. {@code -Dfuzz.inputs=20000000} makes it
 * longer, {@code -Dfuzz.seed=2} different.
 */
class DocumentFuzzTest {
    /** A document is the work of ten frames and more. */
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 100_000) / 10;

    private static final long SEED = Long.getLong("fuzz.seed", 1);
    private static final Pattern PLACED = Pattern.compile("line [1-9][0-9]*, column [1-9][0-9]*: .+");
    private static final int SHOWN = 2_000;

    @Test
    void a_changed_document_is_loaded_or_refused_with_the_place() throws Exception {
        List<Value> seeds = seeds();
        RandomDocument documents = new RandomDocument(new Random(SEED), seeds);
        Map<String, Integer> outcomes = new TreeMap<>();
        for (int i = 0; i < INPUTS; i++) {
            documents.next();
            try {
                outcomes.merge(outcome(documents), 1, Integer::sum);
            } catch (Throwable e) {
                throw new AssertionError("input %d, seed %d: %s".formatted(i, SEED, shown(documents.text())), e);
            }
        }
        then(outcomes.getOrDefault("exported", 0)).as("%s", outcomes).isGreaterThan(INPUTS / 20);
        then(outcomes.getOrDefault("refused", 0)).as("%s", outcomes).isGreaterThan(INPUTS / 4);
    }

    private static String outcome(RandomDocument documents) {
        Document document;
        try {
            document = Document.parse(documents.text());
        } catch (DocumentException e) {
            check(e, documents);
            return "refused";
        }
        then(document.warnings()).allMatch(line -> PLACED.matcher(line).matches());
        silent(document.warnings().toString(), documents);
        silent(document.toString(), documents);
        boolean exported = false;
        for (Format format : Format.values()) {
            try {
                Document.parse(document.export(format));
                exported = true;
            } catch (DocumentException e) {
                silent(e.getMessage(), documents);
            }
        }
        return exported ? "exported" : "loaded";
    }

    private static void check(DocumentException e, RandomDocument documents) {
        then(e.faults()).isNotEmpty().allMatch(line -> PLACED.matcher(line).matches());
        then(String.join("\n", e.faults())).isEqualTo(e.getMessage());
        silent(e.toString(), documents);
    }

    private static void silent(String told, RandomDocument documents) {
        for (String secret : documents.secrets()) {
            then(told).doesNotContain(secret);
        }
    }

    private static String shown(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    }

    /** All documents that we have: those that people published, those that we print, and random ones. */
    private static List<Value> seeds() throws IOException {
        List<String> texts = new ArrayList<>();
        for (String folder : List.of("published", "documents")) {
            try (Stream<Path> files = Files.list(Path.of("src/test/resources", folder))) {
                for (Path file : files.sorted().toList()) {
                    texts.add(Files.readString(file));
                }
            }
        }
        for (long seed = 0; seed < 10; seed++) {
            texts.add(new RandomRouting(seed, seed % 2 == 0)
                    .document(Map.of("plain", 1, "users", 2, "sniffed", 3, "one", 4, "two", 5, "three", 6, "four", 7)));
        }
        Templates.kinds().forEach(kind -> texts.add(Templates.of(kind).replace("%s", "")));
        List<Value> seeds = new ArrayList<>();
        for (String text : texts) {
            try {
                seeds.add(JsonReader.read(text, "", new Faults()));
            } catch (DocumentException e) {
                // the one that lacks a comma; its text is among the other ones' changes anyway
                then(e).hasMessageContaining("a comma is missing");
            }
        }
        then(seeds).hasSizeGreaterThan(texts.size() - 2);
        return seeds;
    }
}
