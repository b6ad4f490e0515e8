package dev.reversetunnel.interop;

import dev.reversetunnel.TunnelHandle;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One of our ends in a JVM of its own, which can be killed. It ends with its standard input, so with the test's JVM at
 * the latest.
 */
final class ChildJvm implements End {
    private static final String READY = "ready";
    private static final String ANSWER = "answer: ";
    private static final int LINES = 50;

    private final Process process;
    private final Deque<String> lines = new ArrayDeque<>();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final CountDownLatch ready = new CountDownLatch(1);
    private final Thread reader = new Thread(this::readLines, "child output");

    private ChildJvm(Process process) {
        this.process = process;
    }

    /** Starts a main class and returns when it has called {@link #serve}. */
    static ChildJvm start(Class<?> main, Object... arguments) {
        return startBehind(List.of(), main, arguments);
    }

    /** The same by another command, which is to run what stands behind it in its own process. */
    static ChildJvm startBehind(List<String> before, Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        try {
            ChildJvm child = new ChildJvm(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
            child.reader.setDaemon(true);
            child.reader.start();
            child.awaitReady();
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * For the main classes: says that all is up, and waits until nobody holds the other end of the input. Answers what
     * it is asked meanwhile.
     */
    static void serve(TunnelHandle end, OwnLoops loops) throws IOException {
        System.out.println(READY);
        for (int question = System.in.read(); question >= 0; question = System.in.read()) {
            System.out.println(ANSWER
                    + switch (question) {
                        case 'h' -> usedHeap();
                        case 's' -> visitors(end);
                        default -> loops.lateMicros();
                    });
        }
    }

    private static long usedHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /** All but the one session of each tunnel by which its ends talk. */
    private static long visitors(TunnelHandle end) {
        return end.snapshot().tunnels().stream()
                .mapToInt(tunnel -> Math.max(0, tunnel.openSessions() - 1))
                .sum();
    }

    /** Bytes of its heap that are in use after a garbage collection. */
    long liveHeap() {
        return ask('h');
    }

    /** How many visitors' sessions it has. */
    long sessions() {
        return ask('s');
    }

    /** How late its event loops come to what is due, in 99 of 100 cases since the start. */
    Duration loopLag() {
        return Duration.ofNanos(ask('l') * 1_000);
    }

    private long ask(char question) {
        try {
            process.getOutputStream().write(question);
            process.getOutputStream().flush();
            String answer = answers.poll(60, TimeUnit.SECONDS);
            if (answer == null) {
                throw new IllegalStateException("the child JVM does not answer to " + question);
            }
            return Long.parseLong(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** As {@code kill -9}: the kernel closes its sockets. Returns when it is gone. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets go of its input, waits until it has ended by itself, and returns the last line that it said. */
    String end(Duration most) throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (!process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS)) {
            close();
            return "it did not end within " + most;
        }
        reader.join(most.toMillis());
        synchronized (lines) {
            return String.valueOf(lines.peekLast());
        }
    }

    private void awaitReady() {
        try {
            if (ready.await(60, TimeUnit.SECONDS) && process.isAlive()) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close();
        synchronized (lines) {
            throw new IllegalStateException("the child JVM did not start; it said:\n  " + String.join("\n  ", lines));
        }
    }

    private void readLines() {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                synchronized (lines) {
                    if (lines.size() == LINES) {
                        lines.removeFirst();
                    }
                    lines.addLast(line);
                }
                if (line.startsWith(ANSWER)) {
                    answers.add(line.substring(ANSWER.length()));
                }
                if (line.equals(READY)) {
                    ready.countDown();
                }
            }
        } catch (IOException e) {
            // It was killed; what it said until then is there.
        }
        ready.countDown();
    }
}
