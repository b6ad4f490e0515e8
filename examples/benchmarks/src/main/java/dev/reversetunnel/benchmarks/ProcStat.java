package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** What Linux knows about processes, from {@code /proc}; see proc(5). */
final class ProcStat {
    /** {@code USER_HZ}: 100 on all that Java runs on. */
    static final double TICKS_PER_SECOND = 100;

    private ProcStat() {}

    /** User and system time that the processes have used so far. */
    static double cpuSeconds(List<Long> pids) throws IOException {
        return seconds(pids, 2);
    }

    /** The user time alone. */
    static double userSeconds(List<Long> pids) throws IOException {
        return seconds(pids, 1);
    }

    private static double seconds(List<Long> pids, int times) throws IOException {
        long ticks = 0;
        for (long pid : pids) {
            ticks += ticks(pid, times);
        }
        return ticks / TICKS_PER_SECOND;
    }

    /** User and system time of this process and of its children that have ended. */
    static double ownCpuSeconds() throws IOException {
        return ticks(ProcessHandle.current().pid(), 4) / TICKS_PER_SECOND;
    }

    /** The first of utime, stime, cutime and cstime. */
    private static long ticks(long pid, int times) throws IOException {
        String stat = read(pid, "stat");
        if (stat.isEmpty()) {
            return 0;
        }
        // Field 2, the name, may hold spaces and brackets; utime is field 14.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        long ticks = 0;
        for (int i = 0; i < times; i++) {
            ticks += Long.parseLong(fields[11 + i]);
        }
        return ticks;
    }

    /** Memory that the processes have in RAM. */
    static long rssKib(List<Long> pids) throws IOException {
        long kib = 0;
        for (long pid : pids) {
            kib += read(pid, "status")
                    .lines()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .sum();
        }
        return kib;
    }

    private static String read(long pid, String file) throws IOException {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (NoSuchFileException e) {
            return ""; // it has ended meanwhile: a shell that started the real one, say
        }
    }
}
