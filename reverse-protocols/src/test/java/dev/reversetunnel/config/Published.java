package dev.reversetunnel.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Documents as manuals and articles print them; ports, addresses, the password and dots are replaced, nothing else. */
final class Published {
    /** A key of the method that 004 takes. */
    static final String PASSWORD = "xF3QmRfVxYz0mBqHq5uDpQ==";

    private Published() {}

    static String asPrinted(String name) {
        try (InputStream document = Published.class.getResourceAsStream("/published/" + name)) {
            if (document == null) {
                throw new IllegalStateException("no such document: " + name);
            }
            return new String(document.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The public end: visitors' port first, then that of bridges. */
    static String portal(String name, int external, int interconn) {
        return asPrinted(name)
                .replaceFirst("\"port\": 80,([^\n]*\n\\s*\"protocol\")", "\"port\": " + external + ",$1")
                .replace("\"port\": 1024", "\"port\": " + interconn)
                .replace("\"port\": 5555", "\"port\": " + interconn)
                .replace("\"...\"", '"' + PASSWORD + '"');
    }

    /** The private end. */
    static String bridge(String name, int interconn, int web) {
        return asPrinted(name)
                .replaceFirst("\"address\": \"[^\"]*\"", "\"address\": \"127.0.0.1\"")
                .replace("\"port\": 1024", "\"port\": " + interconn)
                .replace("\"port\": 5555", "\"port\": " + interconn)
                .replace("127.0.0.1:80", "127.0.0.1:" + web)
                .replace("\"...\"", '"' + PASSWORD + '"');
    }
}
