package dev.reversetunnel.runner;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.runner.Arguments.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArgumentsTest {
    @ParameterizedTest
    @CsvSource({
        "run -c a.json, RUN, a.json",
        "run -config a.json, RUN, a.json",
        "run -config=a.json, RUN, a.json",
        "run --config=a.json --format=json, RUN, a.json",
        "-config a.json, RUN, a.json",
        "-c a.json -c b.json, RUN, a.json b.json",
        "run, RUN, config.json",
        "'', RUN, config.json",
        "run -c stdin:, RUN, stdin:",
        "run -c -, RUN, stdin:",
        "test -c a.json, TEST, a.json",
        "run -test -c a.json, TEST, a.json",
        "-test -config a.json, TEST, a.json",
        "-config a.json -test -format auto, TEST, a.json",
        "version, VERSION, config.json",
        "-version, VERSION, config.json",
        "help, HELP, config.json",
        "--help, HELP, config.json",
        "-h, HELP, config.json",
    })
    void words_of_v2ray_and_xray_are_understood(String line, Command command, String files) throws IOException {
        then(Arguments.parse(line.isEmpty() ? new String[0] : line.split(" ")))
                .isEqualTo(new Arguments(command, List.of(files.split(" "))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "start -c a.json|\"start\" (expected: run, test, version or help; -c FILE, -confdir FOLDER, -test)",
                "-x|\"-x\" (expected: run, test, version or help; -c FILE, -confdir FOLDER, -test)",
                "run -c|-c: nothing behind it (expected: a path)",
                "-c a.json run|\"run\": not the first word (expected: a file behind -c)",
                "-c a.json -c stdin:|-c stdin: with other files (expected: alone)",
                "-c a.json -format toml|-format: \"toml\" (expected: json, the only one)",
            })
    void other_words_are_a_mistake(String line, String message) {
        thenThrownBy(() -> Arguments.parse(line.split(" ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void a_folder_has_its_documents_in_their_order(@TempDir Path folder) throws IOException {
        thenThrownBy(() -> Arguments.parse("-confdir", folder.toString()))
                .hasMessage("-confdir: no document in " + folder + " (expected: *.json)");
        for (String name : List.of("b.json", "a.jsonc", "readme.txt")) {
            Files.createFile(folder.resolve(name));
        }
        then(Arguments.parse("run", "-c", "first.json", "-confdir", folder.toString())
                        .files())
                .containsExactly("first.json", folder + "/a.jsonc", folder + "/b.json");
    }
}
