package dev.reversetunnel.runner;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Where a document wants its logs: the console, a file that grows, or nowhere. */
final class Output {
    static final String NOWHERE = "none";

    private Output() {}

    /**
     * Opens it.
     *
     * @param target a file; empty for the console, {@code none} for nowhere
     * @throws IOException if the file cannot be written; the message says which
     */
    static PrintStream open(String target, PrintStream console) throws IOException {
        if (target.isEmpty()) {
            return console;
        }
        if (target.equals(NOWHERE)) {
            return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        }
        try {
            return new PrintStream(
                    Files.newOutputStream(Path.of(target), StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                    false,
                    StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new IOException("the log " + target + " cannot be written: its folder is not there", e);
        } catch (IOException e) {
            throw new IOException("the log " + target + " cannot be written: " + e, e);
        }
    }
}
