package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.testkit.Fuzzing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents of other programs: loaded, and what is exported of them is loaded again, or refused with the place. */
class DocumentJazzerTest {
    private static final Pattern PLACED = Pattern.compile("line [1-9][0-9]*, column [1-9][0-9]*: .+");

    static Stream<byte[]> documents() throws IOException {
        List<byte[]> documents = new ArrayList<>();
        for (String folder : List.of("published", "documents")) {
            try (Stream<Path> files = Files.list(Path.of("src/test/resources", folder))) {
                for (Path file : files.sorted().toList()) {
                    documents.add(Files.readAllBytes(file));
                }
            }
        }
        Templates.kinds()
                .forEach(kind ->
                        documents.add(Templates.of(kind).replace("%s", "").getBytes(StandardCharsets.UTF_8)));
        return documents.stream();
    }

    @MethodSource("documents")
    @FuzzTest
    void documents(byte[] data) throws Exception {
        Fuzzing.judgeReleases(data, (input, buffers) -> {
            Document document;
            try {
                document = Document.parse(new String(input, StandardCharsets.UTF_8));
            } catch (DocumentException e) {
                then(e.faults())
                        .isNotEmpty()
                        .allMatch(line -> PLACED.matcher(line).matches());
                return;
            }
            then(document.warnings()).allMatch(line -> PLACED.matcher(line).matches());
            for (Format format : Format.values()) {
                String exported;
                try {
                    exported = document.export(format);
                } catch (DocumentException e) {
                    continue; // it says more than that program could
                }
                Document.parse(exported);
            }
        });
    }
}
