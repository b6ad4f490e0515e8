package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where and how a report came to be, a line each. */
record MachineFacts(List<String> lines) {
    /** The time that all processors have been busy since boot, and this tool with its ended children. */
    record Busy(double machine, double own) {
        static Busy now() throws IOException {
            String[] cpu =
                    Files.readAllLines(Path.of("/proc/stat")).get(0).strip().split(" +", -1);
            double machine = 0;
            for (int i = 1; i < cpu.length && i <= 8; i++) {
                boolean waits = i == 4 || i == 5; // idle, iowait
                machine += waits ? 0 : Double.parseDouble(cpu[i]) / ProcStat.TICKS_PER_SECOND;
            }
            return new Busy(machine, ProcStat.ownCpuSeconds());
        }

        /** Of the processors' time, the share that others took: a run is worth what this is near to zero. */
        static String others(Busy begin, Busy end, double seconds) {
            double others = end.machine() - begin.machine() - (end.own() - begin.own());
            double all = seconds * Runtime.getRuntime().availableProcessors();
            return "processor time taken by others during the run: " + Math.max(0, Math.round(100 * others / all))
                    + " %";
        }
    }

    static MachineFacts read(String tool, String... args) throws IOException {
        return new MachineFacts(List.of(
                "CPU: " + field("/proc/cpuinfo", "model name") + ", "
                        + Runtime.getRuntime().availableProcessors() + " cores",
                "memory: " + field("/proc/meminfo", "MemTotal"),
                "system: " + System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                "JDK: " + System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
                "V2Ray: " + firstLine("v2ray", "-version"),
                "ports for outgoing connections: " + firstLine("cat", "/proc/sys/net/ipv4/ip_local_port_range"),
                "load average at the start: "
                        + Files.readString(Path.of("/proc/loadavg")).strip(),
                "command line: " + tool + " " + String.join(" ", args)));
    }

    private static String field(String file, String name) throws IOException {
        return Files.readAllLines(Path.of(file)).stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    private static String firstLine(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return output.lines().findFirst().orElse("unknown");
        } catch (IOException e) {
            return "not installed";
        }
    }
}
