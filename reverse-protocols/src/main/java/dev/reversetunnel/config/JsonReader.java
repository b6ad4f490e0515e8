package dev.reversetunnel.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON as V2Ray and Xray do: with comments of three kinds, and with the commas that people leave behind the last
 * member.
 */
final class JsonReader {
    /** Of our choice: far more than a document has, far less than what hurts. */
    static final int MAX_CHARS = 16 * 1024 * 1024;

    private static final int MAX_DEPTH = 64;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
            .enable(JsonReadFeature.ALLOW_YAML_COMMENTS)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(1024 * 1024)
                    .maxNumberLength(64)
                    .maxNameLength(1024)
                    .build())
            .build();

    private final JsonParser parser;
    private final Faults faults;

    private JsonReader(JsonParser parser, Faults faults) {
        this.parser = parser;
        this.faults = faults;
    }

    /**
     * Reads one document.
     *
     * @param file its name, for messages; empty if it has none
     * @throws DocumentException if it is no JSON: nothing after that place can be understood
     */
    static Value read(String text, String file, Faults faults) throws DocumentException {
        Place root = new Place(file, "", 1, 1);
        if (text.length() > MAX_CHARS) {
            throw wrong(root, text.length() + " characters (expected: no more than " + MAX_CHARS + ")");
        }
        try (JsonParser parser = FACTORY.createParser(text.startsWith("\ufeff") ? text.substring(1) : text)) {
            return new JsonReader(parser, faults).document(root);
        } catch (DocumentException e) {
            throw e;
        } catch (IOException e) {
            throw new IllegalStateException("a text is read without a file", e);
        }
    }

    private static DocumentException wrong(Place place, String what) {
        return new DocumentException(
                List.of(Words.oneLine(place + ": " + (place.path().isEmpty() ? "" : place.path() + ": ") + what)));
    }

    private Value document(Place root) throws IOException {
        if (next(root) == null) {
            throw wrong(root, "nothing (expected: an object, { ... })");
        }
        Value value = value(here(root), root);
        if (next(root) != null) {
            throw wrong(
                    here(root), "there is more after the end of the document (expected: one object; is a } too many?)");
        }
        return value;
    }

    private Place here(Place place) {
        JsonLocation location = parser.currentTokenLocation();
        return place.at(location.getLineNr(), location.getColumnNr());
    }

    private @Nullable JsonToken next(Place inside) throws IOException {
        return understood(inside, parser::nextToken);
    }

    private interface Step<T extends @Nullable Object> {
        T take() throws IOException;
    }

    /** A text is read when it is asked for, so that it, too, may be wrong. */
    private static <T extends @Nullable Object> T understood(Place inside, Step<T> step) throws IOException {
        try {
            return step.take();
        } catch (StreamConstraintsException e) {
            throw wrong(where(inside, e), "too deep, or too long a text (expected: at most " + MAX_DEPTH + " levels)");
        } catch (JsonProcessingException e) {
            throw wrong(where(inside, e), SyntaxFault.explain(e.getOriginalMessage()));
        }
    }

    private static Place where(Place inside, JsonProcessingException e) {
        JsonLocation location = e.getLocation();
        return location == null ? inside : inside.at(location.getLineNr(), location.getColumnNr());
    }

    /** The value at which the parser stands. */
    private Value value(Place place, Place root) throws IOException {
        JsonToken token = parser.currentToken();
        return switch (token) {
            case START_OBJECT -> object(place, root);
            case START_ARRAY -> list(place, root);
            case VALUE_STRING -> new Value.Text(place, understood(place, parser::getText));
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Value.Figure(place, understood(place, parser::getText));
            case VALUE_TRUE, VALUE_FALSE -> new Value.Flag(place, token == JsonToken.VALUE_TRUE);
            default -> new Value.Null(place);
        };
    }

    private Value object(Place place, Place root) throws IOException {
        Map<String, Value> members = new LinkedHashMap<>();
        Place inside = place;
        while (next(inside) != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            Place member = place.with(key);
            inside = here(member);
            next(inside);
            Value value = value(here(member), root);
            if (members.putIfAbsent(key, value) != null) {
                faults.fault(inside, "is there twice (expected: once; which of them is meant?)");
            }
        }
        return new Value.Members(place, members);
    }

    private Value list(Place place, Place root) throws IOException {
        List<Value> items = new ArrayList<>();
        while (next(place.with(items.size())) != JsonToken.END_ARRAY) {
            items.add(value(here(place.with(items.size())), root));
        }
        return new Value.Items(place, items);
    }
}
