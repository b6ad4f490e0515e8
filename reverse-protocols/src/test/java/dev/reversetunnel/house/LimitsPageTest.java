package dev.reversetunnel.house;

import static org.assertj.core.api.BDDAssertions.then;

import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.reversetunnel.Associations;
import dev.reversetunnel.Grant;
import dev.reversetunnel.Limit;
import dev.reversetunnel.LimitsTold;
import dev.reversetunnel.PortInbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.Sniffing;
import dev.reversetunnel.TunnelBuilder;
import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.shadowsocks.ShadowsocksServer;
import dev.reversetunnel.tls.TlsServer;
import dev.reversetunnel.vmess.VmessServer;
import dev.reversetunnel.websocket.WebSocketServer;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** The page of limits tells what the code does. */
class LimitsPageTest {
    private static final Path PAGE = Path.of("..", "reverse-core", "LIMITS.md");
    private static final Pattern METHOD = Pattern.compile("`([A-Z][A-Za-z.]*)\\.([a-z][A-Za-z]*)`");

    private static final Map<String, Class<?>> OWNERS = Map.ofEntries(
            Map.entry("ProtocolServer", ProtocolServer.class),
            Map.entry("TlsServer", TlsServer.class),
            Map.entry("WebSocketServer", WebSocketServer.class),
            Map.entry("VmessServer", VmessServer.class),
            Map.entry("ShadowsocksServer", ShadowsocksServer.class),
            Map.entry("Grant", Grant.class),
            Map.entry("MuxOptions", MuxOptions.class),
            Map.entry("TunnelBuilder", TunnelBuilder.class),
            Map.entry("PortInbound", PortInbound.class),
            Map.entry("Sniffing", Sniffing.class),
            Map.entry("Portal.Builder", Portal.Builder.class));

    /** A line of the table. */
    private record Row(String limit, String fallback, String method) {
        static Row of(String line) {
            String[] cells = line.split("\\|", -1);
            then(cells).as(line).hasSize(7);
            return new Row(cells[1].strip().replace("`", ""), cells[3].strip(), cells[4].strip());
        }
    }

    private static Map<String, Row> table() throws IOException {
        return Files.readAllLines(PAGE).stream()
                .filter(line -> line.startsWith("| `") && !line.startsWith("| `Limit`"))
                .map(Row::of)
                .collect(Collectors.toMap(Row::limit, row -> row));
    }

    @Test
    void each_limit_has_a_line_and_each_line_a_limit() throws Exception {
        then(table().keySet())
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Limit.values()).map(Enum::name).toList());
    }

    @Test
    void each_method_is_there() throws Exception {
        for (Row row : table().values()) {
            Matcher method = METHOD.matcher(row.method());
            boolean any = false;
            while (method.find()) {
                any = true;
                Class<?> owner = OWNERS.get(method.group(1));
                then(owner).as(method.group(1)).isNotNull();
                then(Arrays.stream(owner.getMethods()).map(Method::getName))
                        .as(row.limit())
                        .contains(method.group(2));
            }
            then(any || row.method().startsWith("fixed:")).as(row.method()).isTrue();
        }
    }

    @Test
    void each_default_is_the_one_of_the_code() throws Exception {
        Map<String, Row> table = table();
        MuxOptions mux = MuxOptions.DEFAULT;
        then(table.get("SESSIONS_PER_TUNNEL").fallback()).isEqualTo(count(mux.maxSessions()));
        then(table.get("NEW_PER_SECOND").fallback()).isEqualTo(count(mux.newPerSecond()));
        then(table.get("SLOW_READER").fallback())
                .isEqualTo("%d KiB; %d MiB; %d s"
                        .formatted(
                                mux.sessionQueueBytes() >> 10,
                                mux.tunnelQueueBytes() >> 20,
                                mux.grace().toSeconds()));
        then(table.get("ASSOCIATIONS").fallback()).startsWith(count(Associations.DEFAULT_MOST) + ";");
        then(table.get("TUNNELS_PER_USER").fallback()).isEqualTo(count(Grant.REGISTER.maxTunnels()));
        then(table.get("SESSIONS_PER_USER").fallback()).isEqualTo(count(Grant.REGISTER.maxSessions()));
    }

    /**
     * A test of a limit asks {@link LimitsTold} for it, whether it was counted and told; its class is one of Limits.
     */
    @Test
    void each_limit_is_met_in_a_test() {
        Set<String> met = new ClassFileImporter()
                        .withImportOption(place -> place.contains("Limits"))
                        .importUrls(List.of(testsOf(LimitsTold.class), testsOf(LimitsPageTest.class)))
                        .stream()
                        .flatMap(tests -> tests.getMethods().stream())
                        .filter(method ->
                                method.isAnnotatedWith(Test.class) || method.isAnnotatedWith(ParameterizedTest.class))
                        .filter(method -> method.getMethodCallsFromSelf().stream()
                                .anyMatch(call -> call.getTargetOwner().isEquivalentTo(LimitsTold.class)
                                        && call.getName().equals("thenTold")))
                        .flatMap(method -> method.getFieldAccesses().stream())
                        .filter(access -> access.getTargetOwner().isEquivalentTo(Limit.class))
                        .map(JavaFieldAccess::getName)
                        .collect(Collectors.toSet());
        then(met)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Limit.values()).map(Enum::name).toList());
    }

    private static URL testsOf(Class<?> one) {
        return one.getProtectionDomain().getCodeSource().getLocation();
    }

    private static String count(int number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
