package dev.reversetunnel.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A process of V2Ray 4, started with a document. Ends with {@link #close()}, and with the JVM at the latest.
 *
 * <p>Safe for use by several threads.
 */
public final class V2Ray implements AutoCloseable {
    private static final Peer PEER = new Peer("v2ray");
    private static final int LINES = 200;
    private static final Duration START = Duration.ofSeconds(20);
    private static final Duration STOP = Duration.ofSeconds(5);
    /** All that run, and those that a test has started and ended: a failure shows their output, too. */
    private static final List<V2Ray> KNOWN = new CopyOnWriteArrayList<>();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> KNOWN.forEach(V2Ray::kill), "kill v2ray"));
    }

    private final String role;
    private final Process process;
    private final Path document;
    private final Deque<String> lines = new ArrayDeque<>();
    private final CountDownLatch started = new CountDownLatch(1);
    private final Thread reader = new Thread(this::readLines, "v2ray output");

    private V2Ray(String role, Process process, Path document) {
        this.role = role;
        this.process = process;
        this.document = document;
    }

    /**
     * Whether there is one to start.
     *
     * @return true if system property {@code peers.v2ray} or PATH leads to an executable
     */
    public static boolean installed() {
        return PEER.executable().isPresent();
    }

    /**
     * Starts it and waits until it says that it has started, which is when its inbounds are bound. A document whose log
     * says less than level {@code warning} does not tell; then give the ports.
     *
     * @param json the document
     * @param ports at 127.0.0.1; if there are any, this waits until they accept, instead. Each then sees a connection
     *     that ends at once
     * @return the running process
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static V2Ray start(String json, int... ports) {
        Path executable = PEER.executable().orElseThrow(() -> new IllegalStateException(PEER.howToInstall()));
        V2Ray v2ray = launch(executable, json);
        try {
            v2ray.awaitStart(ports);
        } catch (InterruptedException e) {
            v2ray.close();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while v2ray started", e);
        } catch (IllegalStateException e) {
            v2ray.close();
            throw e;
        }
        return v2ray;
    }

    private static String role(String json) {
        return (json.contains("\"portals\"") ? "portal" : "") + (json.contains("\"bridges\"") ? "bridge" : "");
    }

    private static V2Ray launch(Path executable, String json) {
        try {
            Path document = Files.createTempFile("v2ray-", ".json");
            Files.writeString(document, json);
            Process process = new ProcessBuilder(executable.toString(), "-config", document.toString())
                    .redirectErrorStream(true)
                    .start();
            V2Ray v2ray = new V2Ray(role(json), process, document);
            KNOWN.add(v2ray);
            v2ray.reader.setDaemon(true);
            v2ray.reader.start();
            return v2ray;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Whether the process runs.
     *
     * @return false once it has ended
     */
    public boolean isAlive() {
        return process.isAlive();
    }

    /**
     * For {@code /proc}.
     *
     * @return the process id
     */
    public long pid() {
        return process.pid();
    }

    /**
     * What it has printed.
     *
     * @return the last 200 lines of both streams, oldest first; all of them if it has ended
     */
    public List<String> output() {
        if (!process.isAlive()) {
            join(reader);
        }
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /** Ends it as {@code kill -9} does: the kernel closes its sockets, nobody says goodbye. Returns when it is gone. */
    public void kill() {
        process.destroyForcibly();
        await(STOP);
        delete();
    }

    /** Asks it to end, as a service manager does, and kills it after 5 s. Returns when it is gone. */
    public void stop() {
        process.destroy();
        await(STOP);
        kill();
    }

    /** Kills it. */
    @Override
    public void close() {
        kill();
    }

    /** Its name, state and last lines. */
    String describe() {
        String state = isAlive() ? "is running" : "ended with code " + process.exitValue();
        return "v2ray " + role + " (" + process.pid() + ") " + state + "; it said:\n  " + String.join("\n  ", output());
    }

    static List<V2Ray> known() {
        return List.copyOf(KNOWN);
    }

    /** Called before each test, so that it shows no output of an earlier one. */
    static void forgetEnded() {
        KNOWN.removeIf(v2ray -> !v2ray.isAlive());
    }

    private void awaitStart(int... ports) throws InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            if (ports.length == 0 ? started.await(50, TimeUnit.MILLISECONDS) : accept(ports)) {
                return;
            }
        }
        throw new IllegalStateException("v2ray did not start: " + describe());
    }

    private static boolean accept(int... ports) throws InterruptedException {
        for (int port : ports) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            } catch (IOException e) {
                TimeUnit.MILLISECONDS.sleep(20);
                return false;
            }
        }
        return true;
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
                // Logged at level warning, after all inbounds have been bound.
                if (line.contains(" V2Ray ") && line.endsWith(" started")) {
                    started.countDown();
                }
            }
        } catch (IOException e) {
            // It was killed; what it said until then is there.
        }
    }

    private void await(Duration limit) {
        try {
            process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void delete() {
        try {
            Files.deleteIfExists(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(1_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
