package dev.reversetunnel.runner;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The documents that users start from, as they were published; only ports, addresses, passwords and dots change. */
final class Seeds {
    /** Of 16 bytes, for the dots. */
    static final String KEY = "AAECAwQFBgcICQoLDA0ODw==";

    private Seeds() {}

    static String read(String name) {
        try (InputStream file = Seeds.class.getResourceAsStream("/seeds/" + name + ".json")) {
            if (file == null) {
                throw new IllegalArgumentException(name + " (expected: one of src/test/resources/seeds)");
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The public side.
     *
     * @param tunnels where bridges register
     * @param visitors where everybody comes in, if the document has such a port
     */
    static String portal(String seed, int tunnels, int visitors) {
        return read(seed.replace("#", "portal"))
                .replace("\"port\": 1024", "\"port\": " + tunnels)
                .replace("\"port\": 5555", "\"port\": " + tunnels)
                .replace("\"port\": 80", "\"port\": " + visitors)
                .replace("\"...\"", '"' + KEY + '"');
    }

    /**
     * The private side.
     *
     * @param tunnels where the portal is
     * @param web the web server, if the document names one
     */
    static String bridge(String seed, int tunnels, int web) {
        return read(seed.replace("#", "bridge"))
                .replaceAll("\"address\": \"[^\"]*\"", "\"address\": \"127.0.0.1\"")
                .replace("\"port\": 1024", "\"port\": " + tunnels)
                .replace("\"port\": 5555", "\"port\": " + tunnels)
                .replace("127.0.0.1:80", "127.0.0.1:" + web)
                .replace("\"...\"", '"' + KEY + '"');
    }
}
