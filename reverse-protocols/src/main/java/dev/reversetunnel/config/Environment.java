package dev.reversetunnel.config;

import org.jspecify.annotations.Nullable;

/** Values that a document leaves to the environment: {@code env:NAME}. */
final class Environment {
    private static final String PREFIX = "env:";

    private Environment() {}

    /** The text itself, or what the variable holds that it names; null if there is no such variable, which is told. */
    static @Nullable String resolve(String text, Place place, Faults faults) {
        if (!text.startsWith(PREFIX)) {
            return text;
        }
        String value = System.getenv(text.substring(PREFIX.length()));
        if (value == null || value.isBlank()) {
            faults.faultOfMachine(
                    place, '"' + text + "\" (expected: an environment variable of this name, with a value)");
            return null;
        }
        return value.strip();
    }
}
