package dev.reversetunnel.examples;

import static dev.reversetunnel.examples.Browser.pageOf;
import static dev.reversetunnel.examples.Printed.documentPrinted;
import static dev.reversetunnel.examples.Printed.portPrinted;
import static dev.reversetunnel.examples.Printed.textPrinted;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.peers.Nginx;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.tls.Tls;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Each example of a carrier, or of a way in, is run as its Javadoc says. */
class CarrierExamplesTest {
    private final String id = UUID.randomUUID().toString();

    @Test
    void one_shadowsocks_port_serves_the_bridge_and_its_users() throws Exception {
        then(Printed.by(ShadowsocksForBoth::main)).isEqualToNormalizingNewlines("""
                a visitor reads: Hello from the web server at home!
                a user reads: Hello from the printer at home!
                """);
    }

    @Test
    void users_reach_the_bridges_network_by_socks5() throws Exception {
        then(Printed.by(Socks5Portal::main))
                .matches("through socks5h://127\\.0\\.0\\.1:\\d+ one reads: Hello from the bridge's network!\\R");
    }

    @Test
    void a_datagram_is_answered_in_the_bridges_jvm() throws Exception {
        then(Printed.by(UdpThroughTunnel::main)).isEqualToNormalizingNewlines("the answer: Hello Ada!\n");
    }

    @Test
    void one_port_leads_to_two_sites_by_their_names() throws Exception {
        then(Printed.by(OnePortForManySites::main)).isEqualToNormalizingNewlines("""
                shop.example says: Hello from the shop!
                www.blog.example says: Hello from the blog!
                """);
    }

    @Test
    void the_next_edition_takes_over_from_the_one_before_it() throws Exception {
        then(Printed.by(RollingRestart::main)).isEqualToNormalizingNewlines("""
                shop.example says: Hello from edition 1!
                edition 1 has gone, and 0 visitors were cut
                shop.example says: Hello from edition 2!
                """);
    }

    @Test
    void a_member_of_a_private_network_reaches_what_the_hub_allows() throws Exception {
        then(Printed.by(PrivateNetworkAtHome::main)).isEqualToNormalizingNewlines("""
                nas.home by SOCKS5 says: Hello from the NAS!
                10.99.0.2 by dial says: Hello from the NAS!
                nas.home, port 22: refused
                """);
    }

    @Test
    void a_certificate_is_known_by_its_pin() throws Exception {
        TestCertificate certificate = TestCertificate.create();
        then(Printed.by(VlessOverTls::main, certificate.chain(), certificate.key()))
                .isEqualToNormalizingNewlines("""
                        the certificate's pin: %s
                        a visitor reads: Hello through TLS!
                        """.formatted(Tls.fingerprint(certificate.chain())));
    }

    @Test
    void a_certificate_is_known_by_its_authority() throws Exception {
        TestCertificate certificate = TestCertificate.create();
        then(Printed.by(VlessOverTls::main, certificate.chain(), certificate.key(), certificate.authority()))
                .contains("a visitor reads: Hello through TLS!");
    }

    @Test
    @RequiresPeer("xray")
    void our_bridge_serves_behind_the_portal_of_xray_and_sees_its_visitors() throws Exception {
        TestCertificate certificate = TestCertificate.create();
        int tunnels = Ports.free();
        int visitors = Ports.free();
        try (Program bridge = new Program(
                        BridgeToXray.class,
                        "127.0.0.1",
                        tunnels,
                        visitors,
                        id,
                        certificate.chain(),
                        certificate.key(),
                        Tls.fingerprint(certificate.chain()));
                Xray portal = Xray.start(documentPrinted(bridge))) {
            then(portal.isAlive()).isTrue();
            then(pageOf(visitors)).isEqualTo("Hello 127.0.0.1, from Java!");
        }
    }

    @Test
    @RequiresPeer("xray")
    void our_portal_takes_the_bridge_of_xray() throws Exception {
        TestCertificate certificate = TestCertificate.create();
        try (Origin origin = Origin.start();
                Program portal = new Program(
                        PortalForXray.class,
                        "127.0.0.1",
                        0,
                        0,
                        id,
                        "127.0.0.1",
                        origin.port(),
                        certificate.chain(),
                        certificate.key())) {
            int visitors = portPrinted(portal, "visitors on port (\\d+)");
            try (Xray bridge = Xray.start(documentPrinted(portal))) {
                then(bridge.isAlive()).isTrue();
                then(pageOf(visitors)).isEqualTo(Origin.BODY);
            }
        }
    }

    @Test
    @RequiresPeer("nginx")
    void a_web_socket_passes_nginx() throws Exception {
        TestCertificate certificate = TestCertificate.create();
        int https = Ports.free();
        try (Program both = new Program(WebSocketBehindNginx.class, https, certificate.chain(), certificate.key())) {
            String server = textPrinted(both, "(?ms)^server \\{$.*?^}$");
            try (Nginx nginx = Nginx.including(server, https)) {
                then(nginx.isAlive()).isTrue();
                then(textPrinted(both, "a visitor reads: .*")).isEqualTo("a visitor reads: Hello through nginx!");
            }
        }
    }
}
