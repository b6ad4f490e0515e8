package dev.reversetunnel.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A peer that runs, with a directory of its own for its documents. Ends with {@link #close()}, and with the JVM at the
 * latest; then its directory is gone, too.
 *
 * <p>Safe for use by several threads.
 */
public abstract sealed class PeerProcess implements AutoCloseable
        permits V2Ray, Xray, SingBox, ShadowsocksLibev, Nginx {
    private static final int LINES = 200;
    private static final Duration START = Duration.ofSeconds(20);
    private static final Duration STOP = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(10);
    /** A port that was free when the test chose it may be taken for a moment when the peer binds it. */
    private static final Duration PORT_TAKEN = Duration.ofMillis(300);

    private static final int PORT_TAKEN_TRIES = 5;
    /** All that run, and those that a test has started and ended: a failure shows their output, too. */
    private static final List<PeerProcess> KNOWN = new CopyOnWriteArrayList<>();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> KNOWN.forEach(PeerProcess::kill), "kill peers"));
    }

    private final String name;
    private final Path directory;
    private final Process process;
    private final Deque<String> lines = new ArrayDeque<>();
    private final Thread reader;

    /** Tells whether a peer takes connections and datagrams by now. */
    @FunctionalInterface
    interface Readiness {
        boolean isReached(PeerProcess peer);
    }

    /**
     * Starts a process.
     *
     * @param peer the program
     * @param role what this one is to a reader of a failure, may be empty
     * @param directory its own, deleted when it ends
     * @param arguments of the program
     */
    PeerProcess(Peer peer, String role, Path directory, List<String> arguments) {
        this(peer, role, directory, arguments, Map.of());
    }

    /**
     * Starts a process.
     *
     * @param peer the program
     * @param role what this one is to a reader of a failure, may be empty
     * @param directory its own, deleted when it ends
     * @param arguments of the program
     * @param environment variables that it has beside ours
     */
    PeerProcess(Peer peer, String role, Path directory, List<String> arguments, Map<String, String> environment) {
        this.name = role.isEmpty() ? peer.name() : peer.name() + " " + role;
        this.directory = directory;
        try {
            Path executable = peer.executable().orElseThrow(() -> new IllegalStateException(peer.howToInstall()));
            ProcessBuilder builder = new ProcessBuilder(
                            Stream.concat(Stream.of(executable.toString()), arguments.stream())
                                    .toList())
                    .directory(directory.toFile())
                    .redirectErrorStream(true);
            builder.environment().putAll(environment);
            process = builder.start();
        } catch (IOException e) {
            delete();
            throw new UncheckedIOException(e);
        } catch (IllegalStateException e) {
            delete();
            throw e;
        }
        KNOWN.add(this);
        reader = new Thread(this::readLines, peer.name() + " output");
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a peer and waits until it is ready; once more if it found a port taken. */
    static <P extends PeerProcess> P start(Supplier<P> launch, Readiness readiness) {
        for (int tried = 1; ; tried++) {
            P launched = launch.get();
            PeerProcess peer = launched;
            if (peer.awaitStart(readiness)) {
                return launched;
            }
            String failure = peer.name + " did not start: " + peer.describe();
            boolean again = tried < PORT_TAKEN_TRIES && peer.foundPortTaken();
            peer.close();
            if (!again) {
                throw new IllegalStateException(failure);
            }
            LockSupport.parkNanos(PORT_TAKEN.toNanos());
        }
    }

    /** A directory for {@link #PeerProcess}, with one file in it. */
    static Path directoryWith(String file, String content) {
        try {
            Path directory = Files.createTempDirectory("peer-");
            Files.writeString(directory.resolve(file), content);
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Whether the process runs.
     *
     * @return false once it has ended
     */
    public final boolean isAlive() {
        return process.isAlive();
    }

    /**
     * For {@code /proc}.
     *
     * @return the process id
     */
    public final long pid() {
        return process.pid();
    }

    /**
     * What it has printed.
     *
     * @return the last 200 lines of both streams, oldest first; all of them if it has ended
     */
    public final List<String> output() {
        if (!process.isAlive()) {
            join(reader);
        }
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /** Ends it as {@code kill -9} does: the kernel closes its sockets, nobody says goodbye. Returns when it is gone. */
    public final void kill() {
        process.destroyForcibly();
        await(STOP);
        delete();
    }

    /** Asks it to end, as a service manager does, and kills it after 5 s. Returns when it is gone. */
    public final void stop() {
        process.destroy();
        await(STOP);
        kill();
    }

    /** Kills it. */
    @Override
    public final void close() {
        kill();
    }

    /** Where its documents are while it runs. */
    final Path directory() {
        return directory;
    }

    /** Its name, state and last lines. */
    final String describe() {
        String state = isAlive() ? "is running" : "ended with code " + process.exitValue();
        return name + " (" + process.pid() + ") " + state + "; it said:\n  " + String.join("\n  ", output());
    }

    static List<PeerProcess> known() {
        return List.copyOf(KNOWN);
    }

    /** Called before each test, so that it shows no output of an earlier one. */
    static void forgetEnded() {
        KNOWN.removeIf(peer -> !peer.isAlive());
    }

    private boolean awaitStart(Readiness readiness) {
        long deadline = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            if (readiness.isReached(this)) {
                return true;
            }
            if (!await(POLL) && Thread.currentThread().isInterrupted()) {
                return false;
            }
        }
        return false;
    }

    private boolean foundPortTaken() {
        return !isAlive() && output().stream().anyMatch(line -> line.contains("ddress already in use"));
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
            }
        } catch (IOException e) {
            // It was killed; what it said until then is there.
        }
    }

    /** True if the process has ended. */
    private boolean await(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void delete() {
        try (Stream<Path> files = Files.exists(directory) ? Files.walk(directory) : Stream.empty()) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
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
