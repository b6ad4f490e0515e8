package dev.reversetunnel.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** One of the examples as a process of its own, with this JVM's class path. */
final class Program implements AutoCloseable {
    private final Process process;
    private final List<String> output = new CopyOnWriteArrayList<>();
    private volatile boolean told; // to end, which closes its output at once, also while it still runs

    Program(Class<?> main, Object... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        for (Object arg : args) {
            command.add(arg.toString());
        }
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread reader = new Thread(this::read, "output of " + main.getSimpleName());
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.add(line);
            }
        } catch (IOException e) {
            if (!told) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** What it has printed so far. */
    String output() {
        return String.join("\n", output);
    }

    /** Ends it as a service manager does, and waits for its exit code. */
    int stop() throws InterruptedException {
        told = true;
        process.destroy();
        return process.waitFor();
    }

    @Override
    public void close() {
        told = true;
        process.destroyForcibly();
    }
}
