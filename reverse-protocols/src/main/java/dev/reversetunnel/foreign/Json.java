package dev.reversetunnel.foreign;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.IOException;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A JSON object that is built in the order in which it will be read. */
public final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final DefaultIndenter LINES = new DefaultIndenter("  ", "\n");

    private final Map<String, Object> members = new LinkedHashMap<>();

    private Json() {}

    /**
     * Begins one.
     *
     * @return without members
     */
    public static Json object() {
        return new Json();
    }

    /**
     * Adds a text.
     *
     * @param name its key
     * @param value its value
     * @return this
     */
    public Json with(String name, String value) {
        members.put(name, value);
        return this;
    }

    /**
     * Adds a number.
     *
     * @param name its key
     * @param value its value
     * @return this
     */
    public Json with(String name, int value) {
        members.put(name, value);
        return this;
    }

    /**
     * Adds true or false.
     *
     * @param name its key
     * @param value its value
     * @return this
     */
    public Json with(String name, boolean value) {
        members.put(name, value);
        return this;
    }

    /**
     * Adds an object.
     *
     * @param name its key
     * @param value left out if there is nothing
     * @return this
     */
    public Json with(String name, @Nullable Json value) {
        if (value != null) {
            members.put(name, value);
        }
        return this;
    }

    /**
     * Adds a list of objects.
     *
     * @param name its key
     * @param values in their order
     * @return this
     */
    public Json withAll(String name, Json... values) {
        members.put(name, List.of(values));
        return this;
    }

    /**
     * Adds a list of texts.
     *
     * @param name its key
     * @param values in their order
     * @return this
     */
    public Json withTexts(String name, List<String> values) {
        members.put(name, List.copyOf(values));
        return this;
    }

    /**
     * Whether it says nothing.
     *
     * @return true without members
     */
    public boolean isEmpty() {
        return members.isEmpty();
    }

    /**
     * The text, with a line for each value.
     *
     * @return secrets and all
     */
    public String print() {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            generator.setPrettyPrinter(new DefaultPrettyPrinter(Separators.createDefaultInstance()
                            .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                            .withObjectEmptySeparator("")
                            .withArrayEmptySeparator(""))
                    .withObjectIndenter(LINES)
                    .withArrayIndenter(LINES));
            write(this, generator);
        } catch (IOException e) {
            throw new IllegalStateException("a text is written without a file", e);
        }
        return text.append('\n').toString();
    }

    private static void write(Object value, JsonGenerator to) throws IOException {
        if (value instanceof Json object) {
            to.writeStartObject();
            for (Map.Entry<String, Object> member : object.members.entrySet()) {
                to.writeFieldName(member.getKey());
                write(member.getValue(), to);
            }
            to.writeEndObject();
        } else if (value instanceof List<?> list) {
            to.writeStartArray();
            for (Object item : list) {
                write(item, to);
            }
            to.writeEndArray();
        } else if (value instanceof Integer number) {
            to.writeNumber(number);
        } else if (value instanceof Boolean flag) {
            to.writeBoolean(flag);
        } else {
            to.writeString(String.valueOf(value));
        }
    }

    /** Not the text, which may hold secrets. */
    @Override
    public String toString() {
        return "Json" + members.keySet();
    }
}
