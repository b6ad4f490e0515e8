package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each thing that is not supported, put where the list says that it is found: the document is told of it. */
class UnsupportedKeysTest {
    static Stream<UnsupportedKeys.Entry> entries() {
        return UnsupportedKeys.all().stream();
    }

    @ParameterizedTest
    @MethodSource("entries")
    void tells_of_what_is_not_supported(UnsupportedKeys.Entry entry) throws Exception {
        String document = Templates.of(entry.scope()).replace("%s", member(entry));
        // GIVEN a protocol that the template gives, or the entry itself
        String once = entry.key().startsWith("protocol=") && !entry.scope().equals("rule")
                ? document.replaceFirst("\"protocol\": \"[a-z-]+\", ", "")
                : document;
        // WHEN
        List<String> told = new ArrayList<>();
        List<String> faults = told(once, told);
        // THEN
        String key = entry.key().replaceFirst("=.*", "");
        then(told.stream().filter(line -> line.contains(entry.instead())))
                .as("%s in %s gives %s and %s", entry, once, faults, told)
                .isNotEmpty()
                .allMatch(line -> line.contains(key));
        then(faults.stream().anyMatch(line -> line.contains(entry.instead()))).isEqualTo(entry.isError());
    }

    private static List<String> told(String document, List<String> told) {
        Faults faults = new Faults();
        try {
            Model.read(Section.of("document", JsonReader.read(document, "", faults), faults));
            faults.finishReading();
            told.addAll(faults.warnings());
            faults.throwIfWrong();
            return List.of();
        } catch (DocumentException e) {
            told.addAll(e.faults());
            return e.faults();
        }
    }

    private static String member(UnsupportedKeys.Entry entry) {
        int equals = entry.key().indexOf('=');
        if (equals < 0) {
            return '"' + entry.key() + "\": {\"some\": \"thing\"}";
        }
        String key = entry.key().substring(0, equals);
        String value = entry.key().substring(equals + 1);
        boolean isList = key.equals("destOverride");
        return '"' + key + "\": " + (isList ? "[\"" + value + "\"]" : '"' + value + '"');
    }
}
