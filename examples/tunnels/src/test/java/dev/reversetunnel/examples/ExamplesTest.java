package dev.reversetunnel.examples;

import static dev.reversetunnel.examples.Browser.pageOf;
import static dev.reversetunnel.examples.Printed.documentPrinted;
import static dev.reversetunnel.examples.Printed.portPrinted;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Each example is run as its Javadoc says. */
class ExamplesTest {
    private static final String DOMAIN = "reverse.test.internal";

    private final String id = UUID.randomUUID().toString();

    @Test
    void the_quick_start_prints_the_page_that_came_through_the_portal() throws Exception {
        then(Printed.by(QuickStart::main))
                .matches("http://127\\.0\\.0\\.1:\\d+/ says: Hello from a web server without a port!\\R");
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
}
