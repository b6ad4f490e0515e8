package dev.reversetunnel.runner;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The runner as people start it: the jar, in a process of its own. Gone with {@link #close()}. */
final class RunnerProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final Process process;
    private final List<String> out = new CopyOnWriteArrayList<>();
    private final List<String> err = new CopyOnWriteArrayList<>();
    private final List<Thread> readers;

    private RunnerProcess(Process process) {
        this.process = process;
        readers = List.of(reader(process.getInputStream(), out), reader(process.getErrorStream(), err));
    }

    /**
     * A shell lets what it starts in the background ignore SIGINT, which its children inherit, and a JVM keeps. GNU's
     * env undoes it; elsewhere the tests have to run in the foreground.
     */
    private static List<String> hearsInterrupts() {
        List<String> command = List.of("env", "--default-signal=INT");
        try {
            List<String> probe = new ArrayList<>(command);
            probe.add("true");
            Process tried = new ProcessBuilder(probe).start();
            return tried.waitFor() == 0 ? command : List.of();
        } catch (IOException e) {
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    static RunnerProcess start(String... arguments) {
        List<String> command = new ArrayList<>(hearsInterrupts());
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-jar",
                System.getProperty("runner.jar")));
        command.addAll(List.of(arguments));
        try {
            return new RunnerProcess(new ProcessBuilder(command).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With a document, given by its standard input; returns when its ports are open. */
    static RunnerProcess run(String document) {
        RunnerProcess runner = start("run", "-c", "stdin:");
        try {
            try (var in = runner.process.getOutputStream()) {
                in.write(document.getBytes(StandardCharsets.UTF_8));
            }
            runner.awaitLine(".* started, .*");
            return runner;
        } catch (IOException | RuntimeException e) {
            runner.close();
            throw new IllegalStateException("it did not start: " + runner.out + " " + runner.err, e);
        }
    }

    private static Thread reader(InputStream from, List<String> lines) {
        Thread reader = new Thread(
                () -> {
                    try (var text = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
                        for (String line = text.readLine(); line != null; line = text.readLine()) {
                            lines.add(line);
                        }
                    } catch (IOException e) {
                        // it was killed; what it said until then is there
                    }
                },
                "output of the runner");
        reader.setDaemon(true);
        reader.start();
        return reader;
    }

    /** Waits for a line on its standard output. */
    Matcher awaitLine(String pattern) {
        Pattern wanted = Pattern.compile(pattern);
        return await().atMost(PATIENCE)
                .until(
                        () -> {
                            if (!process.isAlive() && out.stream().noneMatch(wanted.asMatchPredicate())) {
                                throw new IllegalStateException("it has ended: " + out + " " + err);
                            }
                            return out.stream()
                                    .map(wanted::matcher)
                                    .filter(Matcher::matches)
                                    .findFirst();
                        },
                        java.util.Optional::isPresent)
                .orElseThrow();
    }

    List<String> out() {
        return List.copyOf(out);
    }

    List<String> err() {
        return List.copyOf(err);
    }

    /** Sends a signal: TERM, INT. */
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    /** Waits for its end, and for all that it has said. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("it does not end: " + out + " " + err);
        }
        for (Thread reader : readers) {
            reader.join(PATIENCE.toMillis());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
