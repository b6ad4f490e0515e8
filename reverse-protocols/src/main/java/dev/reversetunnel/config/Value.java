package dev.reversetunnel.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A value of a JSON document, which knows where it stands. */
sealed interface Value {
    Place place();

    /** What it is, for messages. */
    String kind();

    /**
     * An object.
     *
     * @param members in their order; keys as they are written
     */
    record Members(Place place, Map<String, Value> members) implements Value {
        public Members {
            members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        }

        @Override
        public String kind() {
            return "an object";
        }
    }

    /**
     * A list.
     *
     * @param items in their order
     */
    record Items(Place place, List<Value> items) implements Value {
        public Items {
            items = List.copyOf(items);
        }

        @Override
        public String kind() {
            return "a list";
        }
    }

    /**
     * A text, which may be a secret.
     *
     * @param text without quotes and escapes
     */
    record Text(Place place, String text) implements Value {
        @Override
        public String kind() {
            return "text";
        }

        @Override
        public String toString() {
            return kind();
        }
    }

    /**
     * A number.
     *
     * @param text as it is written
     */
    record Figure(Place place, String text) implements Value {
        @Override
        public String kind() {
            return "a number";
        }
    }

    /**
     * True or false.
     *
     * @param on which
     */
    record Flag(Place place, boolean on) implements Value {
        @Override
        public String kind() {
            return String.valueOf(on);
        }
    }

    /** A null, which is as good as nothing. */
    record Null(Place place) implements Value {
        @Override
        public String kind() {
            return "null";
        }
    }
}
