package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Where the processor's time goes, as {@code perf record} sees it: samples by what they were in. */
final class Cycles {
    /** What a sample may be in; the first that knows it takes it. */
    enum Place {
        COMPILER("JIT compiler", "C[12] Compil.*", ".*"),
        GC("garbage collector", "(GC|G1) .*", ".*"),
        KERNEL_COPIES("kernel: copies", ".*", "\\[k\\] .*(copy|memcpy|rep_movs|clear_page).*"),
        KERNEL("kernel: the rest", ".*", "\\[k\\] .*"),
        CIPHER(
                "cipher and digest",
                ".*",
                ".*(com\\.sun\\.crypto|javax\\.crypto|sun\\.security|bouncycastle|aes|AES|GCM|ghash|GHASH|sha[0-9]|keccak).*"),
        STUBS("JVM's stubs: AES, GHASH, copies of arrays", ".*", "\\[\\.\\] StubRoutines.*"),
        MUX("mux", ".*", ".*dev\\.reversetunnel\\.mux\\..*"),
        CARRIERS("carriers", ".*", ".*dev\\.reversetunnel\\.(vmess|vless|shadowsocks|body|carrier|tls|websocket)\\..*"),
        CORE("relays, inbounds, rules", ".*", ".*dev\\.reversetunnel\\..*"),
        NETTY_BUFFERS("Netty: buffers", ".*", ".*io\\.netty\\.(buffer|util\\.(Recycler|ReferenceCount)).*"),
        NETTY("Netty: the rest", ".*", ".*(io\\.netty\\.|netty_).*"),
        OTHER("JVM, libc and all other", ".*", ".*");

        private final String title;
        private final Pattern thread;
        private final Pattern symbol;

        Place(String title, String thread, String symbol) {
            this.title = title;
            this.thread = Pattern.compile(thread);
            this.symbol = Pattern.compile(symbol);
        }

        String title() {
            return title;
        }

        static Place of(String thread, String symbol) {
            return Arrays.stream(values())
                    .filter(place -> place.thread.matcher(thread).matches()
                            && place.symbol.matcher(symbol).matches())
                    .findFirst()
                    .orElse(OTHER);
        }
    }

    private final Map<Place, Double> places = new EnumMap<>(Place.class);
    private final Map<String, Double> symbols = new LinkedHashMap<>();

    private Cycles() {}

    /** Samples for a while. */
    static Cycles sample(List<Long> jvms, Duration time) throws IOException, InterruptedException {
        Path file = Files.createTempFile("profile-run-", ".data");
        try {
            SystemCalls.run(
                    "perf",
                    "record",
                    "-q",
                    "-F",
                    "997",
                    "-e",
                    "cpu-clock",
                    "-p",
                    SystemCalls.join(jvms),
                    "-o",
                    file.toString(),
                    "--",
                    "sleep",
                    SystemCalls.seconds(time));
            for (long jvm : jvms) {
                SystemCalls.run("jcmd", Long.toString(jvm), "Compiler.perfmap");
            }
            return parse(SystemCalls.run(
                    "perf",
                    "report",
                    "-i",
                    file.toString(),
                    "--stdio",
                    "-g",
                    "none",
                    "--sort",
                    "comm,symbol",
                    "-t",
                    "|"));
        } finally {
            Files.deleteIfExists(file);
            for (long jvm : jvms) {
                Files.deleteIfExists(Path.of("/tmp/perf-" + jvm + ".map"));
            }
        }
    }

    /** Lines of percentage, thread and symbol. */
    static Cycles parse(String printed) {
        Cycles cycles = new Cycles();
        for (String line : printed.lines().toList()) {
            String[] fields = line.split("\\|", -1);
            if (fields.length < 3 || !fields[0].strip().endsWith("%")) {
                continue;
            }
            double share = Double.parseDouble(fields[0].strip().replace("%", ""));
            String symbol = fields[2].strip();
            cycles.places.merge(Place.of(fields[1].strip(), symbol), share, Double::sum);
            cycles.symbols.merge(symbol, share, Double::sum);
        }
        return cycles;
    }

    /** Percent. */
    double share(Place place) {
        return places.getOrDefault(place, 0.0);
    }

    /** The symbols with the most, in percent. */
    List<Map.Entry<String, Double>> most(int count) {
        return symbols.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .limit(count)
                .toList();
    }
}
