package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

    private static final int REQUEST_CONNECTIONS = 64;

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
        try (RequestLoad load = RequestLoad.keepAlive(system.address(), REQUEST_CONNECTIONS)) {
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

    /** KiB of memory with a number of sessions that have each echoed a byte and now do nothing. */
    long rssKib(int sessions) throws IOException, InterruptedException {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < sessions; i++) {
                Socket socket = new Socket();
                sockets.add(socket);
                socket.connect(system.address(), 5_000);
                socket.setSoTimeout(5_000);
                socket.getOutputStream().write(LoadOrigin.ECHO);
                if (socket.getInputStream().read() != LoadOrigin.ECHO) {
                    throw new IOException("session " + i + " of " + sessions + " gave no echo");
                }
            }
            sleep(Duration.ofSeconds(1));
            return ProcStat.rssKib(system.pids());
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
            if (sessions > 0) {
                sleep(Duration.ofSeconds(1));
            }
        }
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
