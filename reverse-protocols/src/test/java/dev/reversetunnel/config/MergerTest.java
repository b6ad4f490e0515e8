package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Several files of one document, put together as V2Ray 4 and Xray do it.
 *
 * @see <a href="https://xtls.github.io/en/config/features/multiple.html">Xray</a>
 */
class MergerTest {
    @TempDir
    private Path folder;

    private int files;

    @Test
    void a_part_takes_the_place_of_that_with_its_tag() throws Exception {
        JsonObject merged = merged(
                file("a.json", "'inbounds': [" + in("one", 0) + "," + in("two", 0) + "]," + out("x")),
                file("b.json", "'inbounds': [" + in("one", 7) + "]"));
        then(tags(merged, "inbounds")).containsExactly("one", "two");
        then(merged.getAsJsonArray("inbounds")
                        .get(0)
                        .getAsJsonObject()
                        .get("port")
                        .getAsInt())
                .isEqualTo(7);
    }

    @Test
    void new_inbounds_come_last() throws Exception {
        JsonObject merged = merged(
                file("a.json", "'inbounds': [" + in("one", 0) + "]," + out("x")),
                file("b.json", "'inbounds': [" + in("two", 0) + "," + in("three", 0) + "]"));
        then(tags(merged, "inbounds")).containsExactly("one", "two", "three");
    }

    @ParameterizedTest
    @CsvSource({"b.json, y z x", "b_tail.json, x y z", "TAIL.json, x y z", "05_outbounds.json, y z x"})
    void new_outbounds_come_first_unless_the_files_name_has_a_tail(String name, String order) throws Exception {
        JsonObject merged = merged(file("a.json", out("x")), file(name, out("y", "z")));
        then(tags(merged, "outbounds")).containsExactly(order.split(" "));
    }

    @Test
    void the_first_file_is_taken_as_it_is_whatever_its_name() throws Exception {
        then(tags(merged(file("tail.json", out("x", "y")), file("b.json", "")), "outbounds"))
                .containsExactly("x", "y");
    }

    @Test
    void the_order_of_files_decides() throws Exception {
        Path one = file("a.json", out("x"));
        Path other = file("b.json", out("y"));
        then(tags(merged(one, other), "outbounds")).containsExactly("y", "x");
        then(tags(merged(other, one), "outbounds")).containsExactly("x", "y");
    }

    @Test
    void parts_without_a_tag_replace_nothing() throws Exception {
        JsonObject merged = merged(
                file("a.json", "'inbounds': [" + in("", 0) + "]," + out("x")),
                file("b.json", "'inbounds': [" + in("", 0) + "]"));
        then(merged.getAsJsonArray("inbounds")).hasSize(2);
    }

    @Test
    void other_sections_replace_the_earlier_ones_as_a_whole() throws Exception {
        JsonObject merged = merged(
                file(
                        "a.json",
                        "'log': {'loglevel': 'debug', 'access': 'none'}, 'routing': {" + rule(1) + "}," + out("x")),
                file("b.json", "'log': {'loglevel': 'error'}, 'routing': {" + rule(2) + "}"));
        then(merged.getAsJsonObject("log").get("loglevel").getAsString()).isEqualTo("error");
        then(merged.getAsJsonObject("log").has("access")).isFalse();
        then(merged.getAsJsonObject("routing").getAsJsonArray("rules").toString())
                .contains("\"port\":\"2\"")
                .doesNotContain("\"port\":\"1\"");
    }

    @Test
    void a_section_that_only_a_later_file_has_is_added() throws Exception {
        JsonObject merged = merged(file("a.json", out("x")), file("b.json", "'routing': {" + rule(2) + "}"));
        then(merged.getAsJsonObject("routing").getAsJsonArray("rules")).hasSize(1);
    }

    @Test
    void keys_are_the_same_in_any_case() throws Exception {
        JsonObject merged = merged(
                file("a.json", "'Inbounds': [" + in("one", 0) + "], 'Log': {'loglevel': 'debug'}," + out("x")),
                file("b.json", "'inbounds': [" + in("one", 7) + "], 'log': {'loglevel': 'error'}"));
        then(tags(merged, "inbounds")).containsExactly("one");
        then(merged.getAsJsonObject("log").get("loglevel").getAsString()).isEqualTo("error");
    }

    @Test
    void a_null_replaces_nothing() throws Exception {
        JsonObject merged = merged(file("a.json", out("x")), file("b.json", "'outbounds': null, 'log': null"));
        then(tags(merged, "outbounds")).containsExactly("x");
    }

    @Test
    void a_fault_names_its_file() throws Exception {
        Path good = file("a.json", out("x"));
        Path bad = file("b.json", "\n 'inbounds': [{'tag': 'in', 'port': 70000, 'protocol': 'socks'}]");
        thenThrownBy(() -> Document.read(good, bad))
                .isInstanceOf(DocumentException.class)
                .hasMessageStartingWith("b.json: line 2, column 37: inbounds[0].port: 70000 (expected: ");
    }

    @ParameterizedTest
    @CsvSource({"'[]', a list", "5, a number"})
    void each_file_is_an_object(String content, String kind) throws Exception {
        Path good = file("a.json", out("x"));
        Path bad = folder.resolve("b.json");
        Files.writeString(bad, content);
        String message = "b.json: line 1, column 1: " + kind + " (expected: an object, { ... })";
        thenThrownBy(() -> Document.read(good, bad)).hasMessage(message);
        thenThrownBy(() -> Document.read(bad, good)).hasMessage(message);
    }

    private static JsonObject merged(Path... paths) throws Exception {
        return JsonParser.parseString(Document.read(paths).export(Format.V2RAY)).getAsJsonObject();
    }

    /** In a folder of its own, for several files of a name. */
    private Path file(String name, String content) throws IOException {
        Path file =
                Files.createDirectories(folder.resolve(String.valueOf(files++))).resolve(name);
        return Files.writeString(file, ('{' + content + '}').replace('\'', '"'));
    }

    private static String in(String tag, int port) {
        return "{'tag': '" + tag + "', 'listen': '127.0.0.1', 'port': " + port + ", 'protocol': 'socks'}";
    }

    private static String out(String... tags) {
        return "'outbounds': ["
                + String.join(
                        ",",
                        List.of(tags).stream()
                                .map(tag -> "{'tag': '" + tag + "', 'protocol': 'freedom'}")
                                .toList())
                + "]";
    }

    private static String rule(int port) {
        return "'rules': [{'port': " + port + ", 'outboundTag': 'x'}]";
    }

    private static List<String> tags(JsonObject document, String list) {
        return StreamSupport.stream(document.getAsJsonArray(list).spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .map(part -> part.get("tag").getAsString())
                .toList();
    }
}
