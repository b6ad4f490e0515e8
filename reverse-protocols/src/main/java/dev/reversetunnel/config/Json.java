package dev.reversetunnel.config;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A JSON object that is built in the order in which it will be read. */
final class Json {
    /** Keys in base64 end with =, which the default writes as an escape. */
    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private final JsonObject object = new JsonObject();

    private Json() {}

    static Json object() {
        return new Json();
    }

    Json with(String name, String value) {
        object.addProperty(name, value);
        return this;
    }

    Json with(String name, int value) {
        object.addProperty(name, value);
        return this;
    }

    Json with(String name, boolean value) {
        object.addProperty(name, value);
        return this;
    }

    /** Leaves it out if there is nothing. */
    Json with(String name, @Nullable Json value) {
        if (value != null) {
            object.add(name, value.object);
        }
        return this;
    }

    Json withAll(String name, Json... values) {
        JsonArray array = new JsonArray();
        for (Json value : values) {
            array.add(value.object);
        }
        return with(name, array);
    }

    Json withTexts(String name, List<String> values) {
        JsonArray array = new JsonArray();
        values.forEach(array::add);
        return with(name, array);
    }

    private Json with(String name, JsonElement value) {
        object.add(name, value);
        return this;
    }

    /** The text, with a line for each value. */
    String print() {
        return GSON.toJson(object) + "\n";
    }

    /** Not the text, which may hold secrets. */
    @Override
    public String toString() {
        return "Json" + object.keySet();
    }
}
