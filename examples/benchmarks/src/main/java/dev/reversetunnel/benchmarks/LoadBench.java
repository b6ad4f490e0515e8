package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** One running system on the bench: puts load on it and reads off what happened. */
final class LoadBench {
    /** What happened in the time that counts. */
    record Window(double count, double seconds, double cpuSeconds) {
        double perSecond() {
            return count / seconds;
        }
    }

    /**
     * The first second of a system.
     *
     * @param bytes of bulk a second
     * @param pingP99 in microseconds
     */
    record FirstSecond(double bytes, double pingP99) {}

    /**
     * Idle sessions.
     *
     * @param seconds until the last of them was open
     * @param rssKib of all processes
     * @param memory heap and direct memory of all processes, in bytes, if they can be asked
     */
    record Idle(double seconds, long rssKib, OptionalLong memory) {}

    private static final int REQUEST_CONNECTIONS = 64;
    private static final int FIRST_ANSWERS = 1_000;
    private static final int PATIENCE_MILLIS = 5_000;
    private static final Duration OPENING = Duration.ofSeconds(60);

    private final RunningSystem system;
    private final LoadOrigin origin;
    private final Duration warmUp;
    private final Duration duration;
    private long errors;

    LoadBench(RunningSystem system, LoadOrigin origin, Duration warmUp, Duration duration) {
        this.system = system;
        this.origin = origin;
        this.warmUp = warmUp;
        this.duration = duration;
    }

    /**
     * Wakes up compilers, ciphers and pools; each measure warms up its own load once more. Half of it opens
     * connections: their code is the largest, and on two cores a JVM compiles it for ten seconds.
     */
    void wakeUp(Duration time) throws IOException, InterruptedException {
        try (RequestLoad load = RequestLoad.newConnections(system.address(), REQUEST_CONNECTIONS)) {
            sleep(time.dividedBy(2));
            load.check();
        }
        try (RequestLoad load = RequestLoad.keepAlive(system.address(), REQUEST_CONNECTIONS)) {
            sleep(time.dividedBy(5));
            load.check();
        }
        try (BulkLoad down = BulkLoad.down(system.address(), 1);
                BulkLoad up = BulkLoad.up(system.address(), 1)) {
            sleep(time.multipliedBy(3).dividedBy(10));
            down.check();
            up.check();
        }
    }

    /** Whether users go to the origin directly: then there is no process whose CPU or memory could be read. */
    boolean isDirect() {
        return system.pids().isEmpty();
    }

    Window bulkDown(int streams) throws IOException, InterruptedException {
        try (BulkLoad load = BulkLoad.down(system.address(), streams)) {
            return window(load, load::count);
        }
    }

    /** Counts at the origin: what the sender has written may still be on its way. */
    Window bulkUp(int streams) throws IOException, InterruptedException {
        try (BulkLoad load = BulkLoad.up(system.address(), streams)) {
            return window(load, origin::sunk);
        }
    }

    Window requests() throws IOException, InterruptedException {
        return requests(REQUEST_CONNECTIONS);
    }

    Window requests(int connections) throws IOException, InterruptedException {
        try (RequestLoad load = RequestLoad.keepAlive(system.address(), connections)) {
            return window(load, load::count);
        }
    }

    Window connections() throws IOException, InterruptedException {
        try (RequestLoad load = RequestLoad.newConnections(system.address(), REQUEST_CONNECTIONS)) {
            return window(load, load::count);
        }
    }

    /** Round-trip times in nanoseconds, sorted. */
    long[] pings() throws IOException {
        return PingLoad.run(system.address(), warmUp, duration);
    }

    /** The same while one stream takes all that it can get. */
    long[] pingsBesideBulk() throws IOException {
        try (BulkLoad load = BulkLoad.down(system.address(), 1)) {
            long[] pings = PingLoad.run(system.address(), warmUp, duration);
            load.check();
            return pings;
        }
    }

    /** The same while a number of sessions do nothing. */
    long[] pingsBesideIdle(int sessions) throws IOException, InterruptedException {
        try (IdleLoad load = IdleLoad.open(system.address(), sessions, REQUEST_CONNECTIONS)) {
            load.awaitAll(OPENING);
            return pings();
        }
    }

    /** What a system that has just started moves in a second, with a ping beside it. */
    FirstSecond firstSecond() throws IOException {
        try (BulkLoad load = BulkLoad.down(system.address(), 1)) {
            long begin = System.nanoTime();
            long[] pings = PingLoad.run(system.address(), Duration.ZERO, Duration.ofSeconds(1));
            double bytes = load.count() / ((System.nanoTime() - begin) / 1e9);
            load.check();
            return new FirstSecond(bytes, Measure.micros(pings, 0.99));
        }
    }

    /** Seconds from the start of the system's first process to the first answer. */
    double startUp() {
        return system.startUp();
    }

    /** Seconds of processor time that the system's processes have taken until then. */
    double startUpCpu() {
        return system.startUpCpu();
    }

    /** See {@link RunningSystem#newTunnels()}. */
    Optional<NewTunnels> newTunnels() throws IOException, InterruptedException {
        return system.newTunnels();
    }

    /** Nanoseconds from before the connection to the first byte of an answer, one after another, sorted. */
    long[] firstAnswers() throws IOException {
        long[] nanos = new long[FIRST_ANSWERS];
        byte[] one = {LoadOrigin.ECHO};
        for (int i = -FIRST_ANSWERS; i < FIRST_ANSWERS; i++) {
            long begin = System.nanoTime();
            try (Socket socket = new Socket()) {
                socket.setTcpNoDelay(true);
                socket.connect(system.address(), PATIENCE_MILLIS);
                socket.setSoTimeout(PATIENCE_MILLIS);
                socket.getOutputStream().write(one);
                if (socket.getInputStream().read() != LoadOrigin.ECHO) {
                    throw new IOException("connection " + i + " gave no echo");
                }
                if (i >= 0) { // the others were warm-up
                    nanos[i] = System.nanoTime() - begin;
                }
            }
        }
        Arrays.sort(nanos);
        return nanos;
    }

    /** Opens a number of sessions that each echo a byte and then do nothing, and looks at what they cost. */
    Idle idle(int sessions) throws IOException, InterruptedException {
        try (IdleLoad load = IdleLoad.open(system.address(), sessions, REQUEST_CONNECTIONS)) {
            double seconds = load.awaitAll(OPENING);
            sleep(Duration.ofSeconds(1));
            return new Idle(seconds, ProcStat.rssKib(system.pids()), system.memory());
        } finally {
            if (sessions > 0) {
                sleep(Duration.ofSeconds(1));
            }
        }
    }

    String lastWords() throws InterruptedException {
        return system.lastWords();
    }

    /** Connections that broke under load. */
    long errors() {
        return errors;
    }

    private Window window(NioLoad load, LongSupplier counter) throws IOException, InterruptedException {
        sleep(warmUp);
        List<Long> pids = system.pids();
        double cpu = ProcStat.cpuSeconds(pids);
        long count = counter.getAsLong();
        long begin = System.nanoTime();
        sleep(duration);
        long end = System.nanoTime();
        double counted = counter.getAsLong() - count;
        double used = ProcStat.cpuSeconds(pids) - cpu;
        load.check();
        errors += load.errors();
        return new Window(counted, (end - begin) / 1e9, used);
    }

    private static void sleep(Duration duration) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(duration.toNanos());
    }
}
