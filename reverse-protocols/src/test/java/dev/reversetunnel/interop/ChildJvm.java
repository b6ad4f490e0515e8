package dev.reversetunnel.interop;

import dev.reversetunnel.TunnelHandle;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PooledByteBufAllocator;
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
import java.util.function.IntToLongFunction;

/**
 * One of our ends in a JVM of its own, which can be killed. It ends with its standard input, so with the test's JVM at
 * the latest.
 */
final class ChildJvm implements End {
    private static final String READY = "ready";
    private static final String ANSWER = "answer: ";
    private static final char MEMORY = 'm';
    private static final char SESSIONS = 's';
    private static final char LOOP_LAG = 'l';
    private static final int HEAP_MEGABYTES = 128;
    private static final int LINES = 50;
    private static final String ONE_COMPILER = "-XX:TieredStopAtLevel=1";

    private final Process process;
    private final Deque<String> lines = new ArrayDeque<>();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final CountDownLatch ready = new CountDownLatch(1);
    private final Thread reader = new Thread(this::readLines, "child output");

    /**
     * What it holds.
     *
     * @param heap bytes of its heap that are in use after a garbage collection
     * @param direct bytes of Netty's buffers outside of the heap, spare room in its chunks not included
     */
    record Footprint(long heap, long direct) {
        long bytes() {
            return heap + direct;
        }
    }

    private ChildJvm(Process process) {
        this.process = process;
    }

    /** Starts a main class and returns when it has called {@link #serve}. */
    static ChildJvm start(Class<?> main, Object... arguments) {
        return start(HEAP_MEGABYTES, List.of(), main, arguments);
    }

    /** As {@link #start(Class, Object...)}, with so many MiB of heap, and as many beside it at most. */
    static ChildJvm start(int megabytes, Class<?> main, Object... arguments) {
        return start(megabytes, List.of(), main, arguments);
    }

    /** As {@link #start(Class, Object...)}, by a command that runs what stands behind it in its own process. */
    static ChildJvm startBehind(List<String> before, Class<?> main, Object... arguments) {
        return start(HEAP_MEGABYTES, before, main, arguments);
    }

    /**
     * As {@link #start(int, Class, Object...)}, with the slower compiler as well, whose code uses the processor's
     * instructions for AES: for those who carry hundreds of megabytes.
     */
    static ChildJvm withBothCompilers(int megabytes, Class<?> main, Object... arguments) {
        List<String> command = command(megabytes, List.of(), main, arguments);
        command.remove(ONE_COMPILER);
        return run(command);
    }

    /** As {@link #start(Class, Object...)}, with so many file descriptors at most, its own few dozens included. */
    static ChildJvm withDescriptors(int most, Class<?> main, Object... arguments) {
        return startBehind(List.of("/bin/sh", "-c", "ulimit -n " + most + " && exec \"$@\"", "sh"), main, arguments);
    }

    private static ChildJvm start(int megabytes, List<String> before, Class<?> main, Object... arguments) {
        return run(command(megabytes, before, main, arguments));
    }

    private static List<String> command(int megabytes, List<String> before, Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                ONE_COMPILER,
                "-Xshare:auto",
                "-Xmx" + megabytes + "m",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }

    private static ChildJvm run(List<String> command) {
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
     * For the main classes: says that all is up, and waits until nobody holds the other end of the input. Answers
     * {@link #footprint}.
     */
    static void serve() throws IOException {
        serve(question -> 0);
    }

    /** As {@link #serve()}, and answers {@link #sessions} and {@link #loopLag} as well. */
    static void serve(TunnelHandle end, OwnLoops loops) throws IOException {
        serve(question -> question == SESSIONS ? visitors(end) : loops.lateMicros());
    }

    private static void serve(IntToLongFunction others) throws IOException {
        System.out.println(READY);
        for (int question = System.in.read(); question >= 0; question = System.in.read()) {
            System.out.println(ANSWER + (question == MEMORY ? memory() : others.applyAsLong(question)));
        }
    }

    private static String memory() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        long heap = runtime.totalMemory() - runtime.freeMemory();
        return heap + " " + direct();
    }

    /** What has no metric of what is pinned, as that of Netty 4.2 which nobody asked for, counts whole. */
    private static long direct() {
        PooledByteBufAllocator pooled = PooledByteBufAllocator.DEFAULT;
        ByteBufAllocator other = ByteBufAllocator.DEFAULT;
        return pooled.pinnedDirectMemory()
                + (other.equals(pooled)
                        ? 0
                        : ((ByteBufAllocatorMetricProvider) other).metric().usedDirectMemory());
    }

    /** All but the one session of each tunnel by which its ends talk. */
    private static long visitors(TunnelHandle end) {
        return end.snapshot().tunnels().stream()
                .mapToInt(tunnel -> Math.max(0, tunnel.openSessions() - 1))
                .sum();
    }

    /** How many visitors' sessions it has. */
    long sessions() {
        return Long.parseLong(ask(SESSIONS));
    }

    /** How late its event loops come to what is due, in 99 of 100 cases since the start. */
    Duration loopLag() {
        return Duration.ofNanos(Long.parseLong(ask(LOOP_LAG)) * 1_000);
    }

    /** Bytes of its heap that are in use after a garbage collection. */
    long liveHeap() {
        return footprint().heap();
    }

    /** What it holds now. */
    Footprint footprint() {
        String answer = ask(MEMORY);
        int space = answer.indexOf(' ');
        return new Footprint(Long.parseLong(answer.substring(0, space)), Long.parseLong(answer.substring(space + 1)));
    }

    private String ask(char question) {
        try {
            process.getOutputStream().write(question);
            process.getOutputStream().flush();
            String answer = answers.poll(60, TimeUnit.SECONDS);
            if (answer == null) {
                throw new IllegalStateException("the child JVM does not answer; it said:\n  " + said());
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What it holds when nothing that was only for a while is left: the least that it says, until it says no less. */
    Footprint settled() {
        Footprint least = footprint();
        for (int unchanged = 0; unchanged < 3; ) {
            Footprint now = footprint();
            unchanged = now.bytes() < least.bytes() - least.bytes() / 1_000 ? 0 : unchanged + 1;
            least = now.bytes() < least.bytes() ? now : least;
        }
        return least;
    }

    /** The last lines that it said. */
    String said() {
        synchronized (lines) {
            return String.join("\n  ", lines);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Processor time that it has used so far. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElseThrow();
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
        throw new IllegalStateException("the child JVM did not start; it said:\n  " + said());
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
