package dev.reversetunnel.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Something that carries a user's connection to an origin: its name and the processes it is made of. */
interface TunnelSystem {
    /**
     * Ports of one start, all at 127.0.0.1: users come in at {@code user}, portal and bridge meet at {@code tunnel}.
     */
    record Ports(int user, int tunnel, int origin) {}

    /** The name in the report. */
    String name();

    /** Whether its processes answer the questions of {@link EndProcess}. */
    boolean isOurs();

    /** The command lines of its processes, in the order of their start; none if users go to the origin directly. */
    List<List<String>> commands(Ports ports, Path directory) throws IOException;

    /** No tunnel: what the machine and the load tool can do at all. */
    static TunnelSystem direct() {
        return of("direct", false, (ports, directory) -> List.of());
    }

    /**
     * Portal and bridge of this project, a JVM each.
     *
     * @param name in the report
     * @param carriage what carries the tunnel
     * @param security of VMess
     * @param serves whether the bridge is the origin itself
     * @param tunnels how many the bridge keeps; it opens more under load
     * @param jvmArgs of both
     */
    static TunnelSystem ours(
            String name, Carriage carriage, String security, boolean serves, int tunnels, List<String> jvmArgs) {
        return of(name, true, (ports, directory) -> {
            Carriage.Secret.write(directory, carriage, security);
            int origin = serves ? 0 : ports.origin();
            return List.of(
                    java(jvmArgs, "PortalProcess", carriage, ports.user(), ports.tunnel(), directory),
                    java(jvmArgs, "BridgeProcess", carriage, ports.tunnel(), directory, origin, tunnels, ports.user()));
        });
    }

    /** Any other, by command lines for {@code sh}. */
    static TunnelSystem commands(String name, List<String> lines) {
        return of(
                name,
                false,
                (ports, directory) -> lines.stream()
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

    /** Its command lines. */
    @FunctionalInterface
    interface Commands {
        List<List<String>> of(Ports ports, Path directory) throws IOException;
    }

    private static TunnelSystem of(String name, boolean ours, Commands commands) {
        return new TunnelSystem() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public boolean isOurs() {
                return ours;
            }

            @Override
            public List<List<String>> commands(Ports ports, Path directory) throws IOException {
                return commands.of(ports, directory);
            }
        };
    }
}
