package dev.reversetunnel.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that a document names, as text. */
final class PemFile {
    private static final long MOST = 1024 * 1024;

    private PemFile() {}

    /**
     * Reads it.
     *
     * @throws IllegalArgumentException if it cannot be read
     */
    static String read(String name) {
        try {
            Path file = Path.of(name);
            if (Files.size(file) > MOST) {
                throw new IllegalArgumentException(name + ": " + Files.size(file) + " bytes (expected: a PEM file)");
            }
            return Files.readString(file, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    name + " cannot be read (expected: a PEM file; is the path right, as"
                            + " seen from the working directory?): "
                            + e.getClass().getSimpleName(),
                    e);
        }
    }
}
