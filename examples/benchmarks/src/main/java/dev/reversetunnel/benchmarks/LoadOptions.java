package dev.reversetunnel.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to measure.
 *
 * @param rounds how often each system is started and measured
 * @param seconds how long one measure takes
 * @param warmUp how long the same load runs before it counts
 * @param wakeUp how long small requests and bulk run by turns after a start, before anything is measured
 * @param systems in the order of their turns
 * @param measures what to measure, in order
 * @param baseline the name of the system that the others are compared with
 * @param out where to write the report beside standard output
 */
record LoadOptions(
        int rounds,
        Duration seconds,
        Duration warmUp,
        Duration wakeUp,
        List<TunnelSystem> systems,
        Set<Measure> measures,
        String baseline,
        @Nullable Path out) {

    static final String USAGE = """
            LoadRun [options]
              --rounds n           how often each system takes its turn (5)
              --seconds s          how long a measure takes (4)
              --warm-up s          how long its load runs before it counts (2)
              --wake-up s          how long mixed load runs after each start: a JVM compiles for long after it (10)
              --systems a,b,...    of direct, v2ray, ours and the names given to --peer (direct,v2ray,ours). Ours goes by
                                   VMess; ours-ss2022, ours-vless and ours-vless-tls go by these; with -serve behind it
                                   (ours-serve, ours-vless-serve) the bridge is the origin itself, without a TCP hop
              --peer name=command  another system; repeat the name for a second process. The command line goes to sh;
                                   {user} is the port to listen at, {origin} the port to forward to, {tunnel} a free
                                   port for portal and bridge, all at 127.0.0.1
              --only a,b,...       of cold, memory, first, requests, connections, ping, down1, down8, up1, up8, beside,
                                   tunnels (all)
              --baseline name      whom to compare with (v2ray)
              --security name      VMess body security of v2ray and ours: auto, aes-128-gcm, chacha20-poly1305, none (auto)
              --jvm-args "..."     for the two JVMs of each of ours
              --out file           write the report there, too
            """;

    private static final String SERVE = "-serve";

    static LoadOptions parse(String... args) {
        Arguments given = new Arguments(USAGE, Set.of("--peer"), args);
        Map<String, List<String>> peers = new LinkedHashMap<>();
        for (String peer : given.all("--peer")) {
            int equals = peer.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("--peer: " + peer + " (expected: name=command)");
            }
            peers.computeIfAbsent(peer.substring(0, equals), key -> new ArrayList<>())
                    .add(peer.substring(equals + 1));
        }
        String security = given.get("--security", "auto");
        List<String> jvmArgs = Arguments.words(given.get("--jvm-args", ""), " +");
        String others = peers.isEmpty() ? "" : "," + String.join(",", peers.keySet());
        List<TunnelSystem> systems = new ArrayList<>();
        for (String name : Arguments.words(given.get("--systems", "direct,v2ray,ours" + others), ",")) {
            systems.add(system(name, peers, security, jvmArgs));
        }
        return new LoadOptions(
                given.positive("--rounds", 5),
                given.seconds("--seconds", 4),
                given.seconds("--warm-up", 2),
                given.seconds("--wake-up", 10),
                systems,
                measures(given.get("--only")),
                given.get("--baseline", "v2ray"),
                given.path("--out"));
    }

    private static TunnelSystem system(
            String name, Map<String, List<String>> peers, String security, List<String> jvmArgs) {
        List<String> commands = peers.get(name);
        if (commands != null) {
            return TunnelSystem.commands(name, commands);
        }
        return switch (name) {
            case "direct" -> TunnelSystem.direct();
            case "v2ray" -> V2RaySystem.vmess(security);
            default -> ours(name, security, jvmArgs);
        };
    }

    private static TunnelSystem ours(String name, String security, List<String> jvmArgs) {
        boolean serves = name.endsWith(SERVE);
        String carrier = serves ? name.substring(0, name.length() - SERVE.length()) : name;
        return Carriage.of(carrier.equals("ours") ? "vmess" : carrier.replaceFirst("^ours-", ""))
                .filter(carriage -> carrier.startsWith("ours"))
                .map(carriage -> TunnelSystem.ours(name, carriage, security, serves, 1, jvmArgs))
                .orElseThrow(() -> new IllegalArgumentException("--systems: " + name
                        + " (expected: direct, v2ray, ours, ours-ss2022, ours-vless, ours-vless-tls, one of these with"
                        + " -serve, or the name of a --peer)"));
    }

    private static Set<Measure> measures(@Nullable String only) {
        if (only == null) {
            return EnumSet.allOf(Measure.class);
        }
        Set<Measure> measures = EnumSet.noneOf(Measure.class);
        for (String key : Arguments.words(only, ",")) {
            measures.add(Measure.of(key));
        }
        return measures;
    }
}
