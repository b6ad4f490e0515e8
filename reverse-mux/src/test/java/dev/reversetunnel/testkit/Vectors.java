package dev.reversetunnel.testkit;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Golden vectors: JSON documents that were recorded from real peers, below {@code /vectors} of the test resources. */
public final class Vectors {
    private Vectors() {}

    /** The document of that name, for instance {@code mux-frames.json}, as a test of the module that has it. */
    public static JsonObject load(Class<?> test, String name) {
        try (InputStream in = test.getResourceAsStream("/vectors/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("vectors: " + name + " (expected: a resource below /vectors)");
            }
            try (Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
                return JsonParser.parseReader(reader).getAsJsonObject();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The objects of an array. */
    public static List<JsonObject> objects(JsonArray array) {
        List<JsonObject> objects = new ArrayList<>(array.size());
        for (JsonElement element : array) {
            objects.add(element.getAsJsonObject());
        }
        return objects;
    }
}
