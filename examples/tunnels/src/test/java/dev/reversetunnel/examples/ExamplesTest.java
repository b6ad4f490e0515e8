package dev.reversetunnel.examples;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Each example is run as its Javadoc says. */
class ExamplesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String DOMAIN = "reverse.test.internal";

    private final String id = UUID.randomUUID().toString();

    @Test
    void the_quick_start_prints_the_page_that_came_through_the_portal() throws Exception {
        then(printedBy(() -> QuickStart.main(new String[0])))
                .matches("http://127\\.0\\.0\\.1:\\d+/ says: Hello from a web server without a port!\\R");
    }

    @Test
    void a_visitor_who_comes_in_by_socks_sees_a_host_that_only_the_bridge_knows() throws Exception {
        then(printedBy(() -> SocksPortal.main(new String[0])))
                .matches("http://wiki\\.office\\.internal/ says: This is wiki\\.office\\.internal\\R");
    }

    private interface Main {
        void run() throws Exception;
    }

    private static String printedBy(Main program) throws Exception {
        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            program.run();
        } finally {
            System.setOut(console);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void portal_and_bridge_run_as_two_processes_and_stop_when_they_are_told() throws Exception {
        try (Origin origin = Origin.start();
                Program portal = new Program(PortalHost.class, 0, 0, DOMAIN, id)) {
            int tunnels = portPrinted(portal, "tunnels on port (\\d+)");
            int visitors = portPrinted(portal, "visitors on port (\\d+)");
            try (Program bridge =
                    new Program(BridgeHost.class, "127.0.0.1", tunnels, DOMAIN, id, "127.0.0.1", origin.port())) {
                then(pageOf(visitors)).isEqualTo(Origin.BODY);
                then(bridge.output()).contains("connected to 127.0.0.1:" + tunnels);

                then(bridge.stop()).isEqualTo(143); // ended by SIGTERM, after its shutdown hook
            }
            then(portal.stop()).isEqualTo(143);
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void our_bridge_serves_behind_the_portal_of_v2ray() throws Exception {
        int tunnels = Ports.free();
        int visitors = Ports.free();
        try (Program bridge = new Program(BridgeToV2Ray.class, "127.0.0.1", tunnels, visitors, id);
                V2Ray portal = V2Ray.start(documentPrinted(bridge), tunnels, visitors)) {
            then(portal.isAlive()).isTrue();
            then(pageOf(visitors)).isEqualTo("Hello from Java, through V2Ray!");
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void our_portal_takes_the_bridge_of_v2ray() throws Exception {
        try (Origin origin = Origin.start();
                Program portal = new Program(PortalForV2Ray.class, "127.0.0.1", 0, 0, id, "127.0.0.1", origin.port())) {
            int visitors = portPrinted(portal, "visitors on port (\\d+)");
            try (V2Ray bridge = V2Ray.start(documentPrinted(portal))) {
                then(bridge.isAlive()).isTrue();
                then(pageOf(visitors)).isEqualTo(Origin.BODY);
            }
        }
    }

    private static int portPrinted(Program program, String pattern) {
        return Integer.parseInt(printed(program, Pattern.compile(pattern)).group(1));
    }

    private static String documentPrinted(Program program) {
        return printed(program, Pattern.compile("(?ms)^\\{$.*^}$")).group();
    }

    private static Matcher printed(Program program, Pattern pattern) {
        return await().atMost(PATIENCE)
                .until(
                        () -> {
                            Matcher matcher = pattern.matcher(program.output());
                            return matcher.find() ? matcher : null;
                        },
                        found -> found != null);
    }

    /** The page as soon as there is one: bridges need a moment to connect. */
    private static String pageOf(int port) {
        HttpClient browser = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .build();
        return await().atMost(PATIENCE)
                .ignoreException(IOException.class)
                .until(
                        () -> {
                            HttpResponse<String> page = browser.send(request, HttpResponse.BodyHandlers.ofString());
                            return page.statusCode() == 200 ? page.body() : null;
                        },
                        body -> body != null);
    }
}
