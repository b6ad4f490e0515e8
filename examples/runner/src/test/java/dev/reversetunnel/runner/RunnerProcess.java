package dev.reversetunnel.runner;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The packaged program as a process of its own, which ends with this. */
final class RunnerProcess implements AutoCloseable {
    private static final int PATIENCE = 30;

    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private final BlockingQueue<String> unread = new LinkedBlockingQueue<>();
    private final @Nullable Path document;

    private RunnerProcess(@Nullable Path document, String... arguments) {
        this.document = document;
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Stream<String> words = Stream.of(
                java.toString(), "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-jar", System.getProperty("runner.jar"));
        try {
            process = new ProcessBuilder(
                            Stream.concat(words, Stream.of(arguments)).toList())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread reader = new Thread(this::read, "runner output");
        reader.setDaemon(true);
        reader.start();
    }

    static RunnerProcess with(String... arguments) {
        return new RunnerProcess(null, arguments);
    }

    /** Runs a document, and waits until it is up. */
    static RunnerProcess run(String json) {
        try {
            Path file = Files.createTempFile("document", ".json");
            Files.writeString(file, json);
            RunnerProcess running = new RunnerProcess(file, "run", "-c", file.toString());
            try {
                running.awaitLine(" started ");
                return running;
            } catch (RuntimeException | Error e) {
                running.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                unread.add(line);
            }
        } catch (IOException e) {
            unread.add(e.toString()); // it was killed; what it said until then is there
        }
    }

    /** The first line from now on that contains a text. */
    String awaitLine(String text) {
        try {
            for (String line = unread.poll(PATIENCE, TimeUnit.SECONDS);
                    line != null;
                    line = unread.poll(PATIENCE, TimeUnit.SECONDS)) {
                lines.add(line);
                if (line.contains(text)) {
                    return line;
                }
                if (!process.isAlive() && unread.isEmpty()) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new AssertionError("no line with \"" + text + "\"; it said:\n  " + String.join("\n  ", lines));
    }

    void write(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
    }

    /** As a service manager does: SIGTERM. */
    void terminate() {
        process.toHandle().destroy(); // without closing the stream of what it still says
    }

    void interrupt() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end; it said:\n  " + String.join("\n  ", lines));
        }
        return process.exitValue();
    }

    /** All that it said, when it has ended. */
    String output() throws InterruptedException {
        exitCode();
        process.onExit().join();
        for (String line = unread.poll(200, TimeUnit.MILLISECONDS);
                line != null;
                line = unread.poll(200, TimeUnit.MILLISECONDS)) {
            lines.add(line);
        }
        return String.join("\n", lines);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
        if (document != null) {
            try {
                Files.deleteIfExists(document);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
