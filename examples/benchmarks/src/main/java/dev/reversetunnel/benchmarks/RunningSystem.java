package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The processes of a {@link TunnelSystem}, ready to carry users. */
final class RunningSystem implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(20);
    private static final int STARTS = 3;
    /** For an end that comes unexpected: nothing of what was started may stay. */
    private static final Set<RunningSystem> STARTED = ConcurrentHashMap.newKeySet();

    private final String name;
    private final int userPort;
    private final List<ChildProcess> processes = new CopyOnWriteArrayList<>();
    private final Path directory;
    private final boolean isOurs;
    private final long begin = System.nanoTime();
    private double startUp;
    private double startUpCpu;

    private RunningSystem(String name, boolean isOurs, int userPort, Path directory) {
        this.name = name;
        this.isOurs = isOurs;
        this.userPort = userPort;
        this.directory = directory;
        STARTED.add(this);
    }

    /** Starts it and waits until a request has been answered through it. */
    static RunningSystem start(TunnelSystem system, int originPort) throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            RunningSystem running = tryStart(system, originPort);
            if (running.awaitReady()) {
                return running;
            }
            String words = running.lastWords();
            running.close();
            // Another process may have taken a free port before it was bound.
            if (attempt == STARTS) {
                throw new SystemNotReadyException(system.name() + " did not answer after its start" + words);
            }
        }
    }

    private static RunningSystem tryStart(TunnelSystem system, int originPort) throws IOException {
        Path directory = Files.createTempDirectory("load-run-");
        TunnelSystem.Ports ports = new TunnelSystem.Ports(freePort(), freePort(), originPort);
        List<List<String>> commands = system.commands(ports, directory);
        RunningSystem running = new RunningSystem(
                system.name(), system.isOurs(), commands.isEmpty() ? originPort : ports.user(), directory);
        try {
            for (List<String> command : commands) {
                running.processes.add(ChildProcess.start(command, directory));
            }
            return running;
        } catch (IOException e) {
            running.close();
            throw new SystemNotReadyException(system.name() + " cannot be started: " + e.getMessage());
        }
    }

    String name() {
        return name;
    }

    /** Where users come in. */
    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), userPort);
    }

    /** Of all its processes; empty if users go to the origin directly. */
    List<Long> pids() {
        return processes.stream().flatMap(process -> process.pids().stream()).toList();
    }

    /** Seconds from the start of its first process to the first answer. */
    double startUp() {
        return startUp;
    }

    /** Seconds of processor time that its processes have taken until then. */
    double startUpCpu() {
        return startUpCpu;
    }

    /** Bytes of live heap and direct memory in all its processes; empty if they are not ours to ask. */
    OptionalLong memory() throws IOException, InterruptedException {
        return sum(EndProcess.ASK_MEMORY);
    }

    /** Bytes of heap that all its processes have allocated so far; empty if they are not ours to ask. */
    OptionalLong allocated() throws IOException, InterruptedException {
        return sum(EndProcess.ASK_ALLOCATED);
    }

    private OptionalLong sum(byte question) throws IOException, InterruptedException {
        if (!isOurs) {
            return OptionalLong.empty();
        }
        long sum = 0;
        for (ChildProcess process : processes) {
            String answer = process.ask(question);
            if (answer == null) {
                return OptionalLong.empty();
            }
            sum += Long.parseLong(answer);
        }
        return OptionalLong.of(sum);
    }

    /** What its bridge finds out about {@link NewTunnels}, and is closed for; empty if it is not ours. */
    Optional<NewTunnels> newTunnels() throws IOException, InterruptedException {
        if (!isOurs) {
            return Optional.empty();
        }
        ChildProcess bridge = processes.get(processes.size() - 1);
        String nanos = bridge.ask(EndProcess.ASK_TUNNELS);
        if (nanos == null) {
            throw new IOException(name + ": new tunnels: no answer in time");
        }
        return Optional.of(NewTunnels.of(nanos));
    }

    String lastWords() throws InterruptedException {
        StringBuilder words = new StringBuilder();
        for (ChildProcess process : processes) {
            process.lastLines().forEach(line -> words.append("\n    ").append(line));
        }
        return words.toString();
    }

    static void closeAll() {
        STARTED.forEach(RunningSystem::close);
    }

    @Override
    public synchronized void close() {
        processes.forEach(ChildProcess::close);
        if (!STARTED.remove(this)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean awaitReady() throws InterruptedException {
        long deadline = System.nanoTime() + READY.toNanos();
        while (System.nanoTime() < deadline && processes.stream().allMatch(ChildProcess::isAlive)) {
            if (answers()) {
                startUp = (System.nanoTime() - begin) / 1e9;
                startUpCpu = cpuSeconds();
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
        return false;
    }

    private double cpuSeconds() {
        try {
            return ProcStat.cpuSeconds(pids());
        } catch (IOException e) {
            return Double.NaN; // one of them has just ended, which the next measure will tell
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(address(), 1_000);
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write(LoadOrigin.REQUEST.getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().readNBytes(LoadOrigin.RESPONSE_BYTES).length == LoadOrigin.RESPONSE_BYTES;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
