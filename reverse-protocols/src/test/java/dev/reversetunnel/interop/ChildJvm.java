package dev.reversetunnel.interop;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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
    private static final String HEAP = "live heap: ";
    private static final int LINES = 50;

    private final Process process;
    private final Deque<String> lines = new ArrayDeque<>();
    private final BlockingQueue<String> heaps = new LinkedBlockingQueue<>();
    private final CountDownLatch ready = new CountDownLatch(1);

    private ChildJvm(Process process) {
        this.process = process;
    }

    /** Starts a main class and returns when it has called {@link #serve}. */
    static ChildJvm start(Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>(List.of(
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
            Thread reader = new Thread(child::readLines, "child output");
            reader.setDaemon(true);
            reader.start();
            child.awaitReady();
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * For the main classes: says that all is up, and waits until nobody holds the other end of the input. Answers
     * {@link #liveHeap}.
     */
    static void serve() throws IOException {
        System.out.println(READY);
        while (System.in.read() >= 0) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            System.out.println(HEAP + (runtime.totalMemory() - runtime.freeMemory()));
        }
    }

    /** Bytes of its heap that are in use after a garbage collection. */
    long liveHeap() {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            String answer = heaps.poll(60, TimeUnit.SECONDS);
            if (answer == null) {
                throw new IllegalStateException("the child JVM does not say how much heap it uses");
            }
            return Long.parseLong(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
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
                if (line.startsWith(HEAP)) {
                    heaps.add(line.substring(HEAP.length()));
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
