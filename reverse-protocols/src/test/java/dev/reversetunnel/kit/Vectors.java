package dev.reversetunnel.kit;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The golden vectors, made with Xray-core 26.4.25 (see README-crypto.md beside them). */
public final class Vectors {
    private Vectors() {}

    /** All vectors of a kind; none is an error, lest a test succeed by doing nothing. */
    public static Stream<Vector> of(String file, String... kinds) {
        List<Vector> vectors = new ArrayList<>();
        try (InputStream in =
                Objects.requireNonNull(Vectors.class.getResourceAsStream("/vectors/" + file + ".json"), file)) {
            JsonObject root = JsonParser.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .getAsJsonObject();
            for (JsonElement each : root.getAsJsonArray("vectors")) {
                Vector vector = new Vector(each.getAsJsonObject());
                if (Arrays.asList(kinds).contains(vector.text("kind"))) {
                    vectors.add(vector);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (vectors.isEmpty()) {
            throw new IllegalStateException("no vectors of " + Arrays.toString(kinds));
        }
        return vectors.stream();
    }

    public record Vector(JsonObject json) {
        public String text(String name) {
            return json.get(name).getAsString();
        }

        public byte[] hex(String name) {
            return HexFormat.of().parseHex(text(name));
        }

        public int number(String name) {
            return json.get(name).getAsInt();
        }

        public long time(String name) {
            return json.get(name).getAsLong();
        }

        public boolean has(String name) {
            return json.has(name);
        }

        public List<String> texts(String name) {
            List<String> texts = new ArrayList<>();
            json.getAsJsonArray(name).forEach(each -> texts.add(each.getAsString()));
            return texts;
        }

        public List<Vector> list(String name) {
            List<Vector> list = new ArrayList<>();
            json.getAsJsonArray(name).forEach(each -> list.add(new Vector(each.getAsJsonObject())));
            return list;
        }

        public Vector object(String name) {
            return new Vector(json.getAsJsonObject(name));
        }

        @Override
        public String toString() {
            return text("id");
        }
    }
}
