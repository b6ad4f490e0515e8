package dev.reversetunnel.runner;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.runner.Arguments.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentsTest {
    @ParameterizedTest
    @CsvSource({
        "run -c a.json,            RUN,     a.json",
        "run -config a.json,       RUN,     a.json",
        "run --config=a.json,      RUN,     a.json",
        "-config a.json,           RUN,     a.json",
        "-c=a.json,                RUN,     a.json",
        "run,                      RUN,     config.json",
        "run -test -c a.json,      TEST,    a.json",
        "-test -config a.json,     TEST,    a.json",
        "test -c a.json,           TEST,    a.json",
        "run -c stdin:,            RUN,     stdin:",
        "run -c a.json -c b.json,  RUN,     a.json b.json",
        "version,                  VERSION, config.json",
        "-version,                 VERSION, config.json",
        "help,                     HELP,    config.json",
        "--help,                   HELP,    config.json"
    })
    void the_words_of_both_programs_are_understood(String line, Command command, String files) throws Exception {
        Arguments arguments = Arguments.parse(line.split(" "));
        then(arguments.command()).isEqualTo(command);
        then(arguments.files()).containsExactly(files.split(" "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"frob", "-c", "run run", "a.json", "-verbose -c a.json"})
    void what_is_not_understood_is_told(String line) {
        thenThrownBy(() -> Arguments.parse(line.split(" ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: ");
    }

    @Test
    void all_documents_of_a_folder_are_taken_by_name(@TempDir Path folder) throws Exception {
        Path second = Files.writeString(folder.resolve("2.json"), "{}");
        Path first = Files.writeString(folder.resolve("1.jsonc"), "{}");
        Files.writeString(folder.resolve("readme.txt"), "no document");

        then(Arguments.parse("run", "-confdir", folder.toString()).files())
                .containsExactly(first.toString(), second.toString());
    }

    @Test
    void a_folder_without_documents_is_told(@TempDir Path folder) {
        thenThrownBy(() -> Arguments.parse("run", "-confdir", folder.toString()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no document in ");
    }
}
