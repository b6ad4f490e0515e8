package dev.reversetunnel.peerconfig;

import static org.assertj.core.api.BDDAssertions.then;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each document is the one that is committed, and holds together. */
class DocumentsTest {
    static Stream<Named<Map.Entry<String, String>>> documents() {
        return Documents.all().entrySet().stream().map(document -> Named.of(document.getKey(), document));
    }

    /** With {@code -Dapi.update=true} the files are written instead: read what has changed. */
    @ParameterizedTest
    @MethodSource("documents")
    void is_the_committed_one(Map.Entry<String, String> document) throws IOException {
        String file = "documents/" + document.getKey() + ".json";
        if (Boolean.getBoolean("api.update")) {
            Path source = Path.of("src/test/resources", file);
            Files.createDirectories(source.getParent());
            Files.writeString(source, document.getValue());
        } else {
            then(document.getValue()).isEqualTo(committed(file));
        }
    }

    @Test
    void none_is_left_over() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/documents"))) {
            then(files.map(file -> file.getFileName().toString().replace(".json", "")))
                    .containsExactlyInAnyOrderElementsOf(Documents.all().keySet());
        }
    }

    private static String committed(String file) throws IOException {
        try (InputStream in = DocumentsTest.class.getClassLoader().getResourceAsStream(file)) {
            then(in).as(file).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void rules_name_what_is_there(Map.Entry<String, String> document) {
        JsonObject json = parse(document);
        Set<String> inbounds = new TreeSet<>(tags(json.get("inbounds")));
        Set<String> outbounds = new TreeSet<>(tags(json.get("outbounds")));
        JsonElement reverse = json.get("reverse");
        if (reverse != null) {
            inbounds.addAll(tags(reverse.getAsJsonObject().get("bridges")));
            outbounds.addAll(tags(reverse.getAsJsonObject().get("portals")));
        }
        // in a VLESS user: of the bridge's sessions on the outbound, of the portal on the inbound
        inbounds.addAll(reverseTags(json.get("outbounds")));
        outbounds.addAll(reverseTags(json.get("inbounds")));

        for (JsonObject rule : rules(json)) {
            then(outbounds).contains(rule.get("outboundTag").getAsString());
            then(inbounds).containsAll(texts(rule.get("inboundTag")));
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void the_rule_for_the_domain_stands_before_the_others(Map.Entry<String, String> document) {
        List<JsonObject> rules = rules(parse(document));
        for (int i = 1; i < rules.size(); i++) {
            then(rules.get(i).has("domain")).as("rule " + i).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void who_fits_no_rule_does_not_get_into_a_network(Map.Entry<String, String> document) {
        JsonObject json = parse(document);
        if (document.getKey().contains("-portal-")) {
            then(objects(json.get("outbounds")).get(0).get("protocol").getAsString())
                    .isEqualTo("blackhole");
        } else {
            // only a bridge's own sessions and users at the loopback address come in here
            then(objects(json.get("inbounds")))
                    .allMatch(inbound -> inbound.get("listen").getAsString().equals("127.0.0.1"));
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void nothing_is_made_less_safe(Map.Entry<String, String> document) {
        then(document.getValue()).doesNotContainIgnoringCase("insecure").doesNotContain("\"mux\"", "multiplex");
    }

    private static JsonObject parse(Map.Entry<String, String> document) {
        return JsonParser.parseString(document.getValue()).getAsJsonObject();
    }

    private static List<JsonObject> rules(JsonObject json) {
        JsonObject routing = json.getAsJsonObject("routing");
        return routing == null ? List.of() : objects(routing.get("rules"));
    }

    private static List<String> tags(@Nullable JsonElement parts) {
        return objects(parts).stream()
                .map(part -> part.get("tag").getAsString())
                .toList();
    }

    private static List<String> reverseTags(@Nullable JsonElement parts) {
        List<String> tags = new ArrayList<>();
        for (JsonObject part : objects(parts)) {
            JsonObject settings = part.getAsJsonObject("settings");
            if (settings != null) {
                Stream.concat(Stream.of(settings), objects(settings.get("clients")).stream())
                        .filter(place -> place.has("reverse"))
                        .forEach(place -> tags.add(
                                place.getAsJsonObject("reverse").get("tag").getAsString()));
            }
        }
        return tags;
    }

    private static List<JsonObject> objects(@Nullable JsonElement array) {
        return stream(array).map(JsonElement::getAsJsonObject).toList();
    }

    private static List<String> texts(JsonElement array) {
        return stream(array).map(JsonElement::getAsString).toList();
    }

    private static Stream<JsonElement> stream(@Nullable JsonElement array) {
        return array == null ? Stream.of() : StreamSupport.stream(((JsonArray) array).spliterator(), false);
    }
}
