package dev.reversetunnel.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A process that this tool has started, with its children and the last lines it printed. */
final class ChildProcess implements AutoCloseable {
    private static final int LINES = 20;
    private static final Duration ANSWER = Duration.ofSeconds(60);

    private final Process process;
    private final Deque<String> lines = new ArrayDeque<>();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Thread reader = new Thread(this::readLines, "child output");

    private ChildProcess(Process process) {
        this.process = process;
    }

    /** Its standard input stays open until it is killed: a child that reads it learns that this tool has gone. */
    static ChildProcess start(List<String> command, Path directory) throws IOException {
        ChildProcess child = new ChildProcess(new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start());
        child.reader.setDaemon(true);
        child.reader.start();
        return child;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Itself and all that it has started. */
    List<Long> pids() {
        List<Long> pids = new ArrayList<>();
        pids.add(process.pid());
        process.descendants().forEach(handle -> pids.add(handle.pid()));
        return pids;
    }

    /**
     * Asks it, if it is one of ours.
     *
     * @return null if it does not answer
     */
    @Nullable
    String ask(byte what) throws IOException, InterruptedException {
        process.getOutputStream().write(what);
        process.getOutputStream().flush();
        return answers.poll(ANSWER.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** The last lines; all of them if it has ended. */
    List<String> lastLines() throws InterruptedException {
        if (!isAlive()) {
            reader.join(1_000);
        }
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readLines() {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith(EndProcess.ANSWER)) {
                    answers.add(line.substring(EndProcess.ANSWER.length()));
                    continue;
                }
                synchronized (lines) {
                    if (lines.size() == LINES) {
                        lines.removeFirst();
                    }
                    lines.addLast(line);
                }
            }
        } catch (IOException e) {
            // It was killed; what it said until then is there.
        }
    }
}
