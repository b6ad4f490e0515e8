package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** How often processes call the system, as {@code perf stat} counts it without slowing them down much. */
final class SystemCalls {
    /** Kinds of calls that say the same about a program. */
    enum Kind {
        READS("read, readv, recvfrom, recvmsg"),
        WRITES("write, writev, sendto, sendmsg"),
        WAITS("epoll_wait, epoll_pwait, epoll_pwait2"),
        REGISTRATIONS("epoll_ctl"),
        LOCKS("futex"),
        ALL("all"),
        SWITCHES("context switches");

        private static final String TRACEPOINT = "syscalls:sys_enter_";

        private final String title;

        Kind(String title) {
            this.title = title;
        }

        /** The calls that it counts. */
        String title() {
            return title;
        }

        private List<String> events() {
            return switch (this) {
                case ALL -> List.of("raw_syscalls:sys_enter");
                case SWITCHES -> List.of("context-switches");
                default ->
                    List.of(title.split(", ", -1)).stream()
                            .map(call -> TRACEPOINT + call)
                            .toList();
            };
        }
    }

    private SystemCalls() {}

    /** Counts for a while. */
    static Map<Kind, Long> count(List<Long> pids, Duration time) throws IOException, InterruptedException {
        List<String> events = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            events.addAll(kind.events());
        }
        return parse(run(
                "perf",
                "stat",
                "-x",
                ",",
                "-e",
                String.join(",", events),
                "-p",
                join(pids),
                "--",
                "sleep",
                seconds(time)));
    }

    /** What it prints for a machine to read: the number first, the event third. */
    static Map<Kind, Long> parse(String printed) {
        Map<Kind, Long> counts = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            List<String> events = kind.events();
            counts.put(
                    kind,
                    printed.lines()
                            .map(line -> line.split(",", -1))
                            .filter(fields -> fields.length > 2 && events.contains(fields[2]))
                            .mapToLong(fields -> Long.parseLong(fields[0]))
                            .sum());
        }
        return counts;
    }

    static String join(List<Long> pids) {
        return pids.stream().map(Object::toString).collect(Collectors.joining(","));
    }

    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.3f", time.toMillis() / 1e3);
    }

    /** Runs it to its end. */
    static String run(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IOException(command[0] + ": not found (perf is in Debian's linux-perf, jcmd in a JDK)", e);
        }
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " (as root?): " + printed.strip());
        }
        return printed;
    }
}
