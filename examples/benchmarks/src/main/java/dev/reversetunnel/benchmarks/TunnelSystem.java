package dev.reversetunnel.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/** Something that carries a user's connection to an origin: its name and the processes it is made of. */
interface TunnelSystem {
    /**
     * Ports of one start, all at 127.0.0.1: users come in at {@code user}, portal and bridge meet at {@code tunnel}.
     */
    record Ports(int user, int tunnel, int origin) {}

    /** The name in the report. */
    String name();

    /** The command lines of its processes, in the order of their start; none if users go to the origin directly. */
    List<List<String>> commands(Ports ports, Path directory) throws IOException;

    /** No tunnel: what the machine and the load tool can do at all. */
    static TunnelSystem direct() {
        return of("direct", ports -> List.of());
    }

    /** Portal and bridge of this project over VMess, a JVM each. */
    static TunnelSystem ours(String security, List<String> jvmArgs) {
        String id = UUID.randomUUID().toString();
        return of(
                "ours",
                ports -> List.of(
                        java(jvmArgs, "PortalProcess", ports.user(), ports.tunnel(), id),
                        java(jvmArgs, "BridgeProcess", ports.tunnel(), id, ports.origin(), security)));
    }

    /** Any other, by command lines for {@code sh}. */
    static TunnelSystem commands(String name, List<String> lines) {
        return of(
                name,
                ports -> lines.stream()
                        .map(line -> List.of(
                                "sh",
                                "-c",
                                line.replace("{user}", Integer.toString(ports.user()))
                                        .replace("{tunnel}", Integer.toString(ports.tunnel()))
                                        .replace("{origin}", Integer.toString(ports.origin()))))
                        .toList());
    }

    private static List<String> java(List<String> jvmArgs, String main, Object... args) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.addAll(jvmArgs);
        command.add("-cp");
        command.add(classPath());
        command.add(TunnelSystem.class.getPackageName() + "." + main);
        for (Object arg : args) {
            command.add(arg.toString());
        }
        return command;
    }

    /** Ours in absolute paths, for the processes run in directories of their own. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static TunnelSystem of(String name, java.util.function.Function<Ports, List<List<String>>> commands) {
        return new TunnelSystem() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public List<List<String>> commands(Ports ports, Path directory) {
                return commands.apply(ports);
            }
        };
    }
}
