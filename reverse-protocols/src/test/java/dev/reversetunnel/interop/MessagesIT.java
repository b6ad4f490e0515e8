package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.vmess.Vmess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What people get wrong, and what they are told to do. */
class MessagesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration REGISTRATION = Duration.ofSeconds(1);

    private final Origin origin = Origin.start();
    private final Meeting meeting = Meeting.at(origin);

    @AfterEach
    void close() {
        origin.close();
    }

    @Test
    void a_wrong_user_id_is_told_on_both_sides() throws IOException {
        UUID wrong = UUID.randomUUID();
        try (LogLines log = new LogLines()) {
            try (Portal portal = Ours.portal(meeting).start();
                    Bridge bridge = Ours.bridge(meeting.id(wrong))
                            .dialTimeout(REGISTRATION)
                            .start()) {
                thenIsTold(bridge, "did not answer as a portal", "are the user id, the domain and the clocks right");
                then(portal.snapshot().tunnels()).isEmpty();
            }
            then(log.lines())
                    .anyMatch(line -> line.contains("inbound \"tunnels\" refused /127.0.0.1:")
                            && line.contains("expected: that of a user of this server"));
            then(log.lines())
                    .noneMatch(line -> line.contains(wrong.toString())
                            || line.contains(meeting.id().toString()));
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void a_wrong_user_id_for_v2rays_portal_is_told() throws IOException {
        try (End portal = Theirs.portal(meeting)::close;
                Bridge bridge = Ours.bridge(meeting.id(UUID.randomUUID()))
                        .dialTimeout(REGISTRATION)
                        .start()) {
            // V2Ray says nothing, or closes after a number of bytes that depends on its users' ids.
            thenIsTold(bridge, "the user id", "the clocks right");
        }
    }

    @Test
    void a_wrong_domain_is_told_on_both_sides() throws IOException {
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting).listener(heard).start();
                Bridge bridge = Ours.bridge(meeting.domain("other.v2fly.org")).start()) {
            thenIsTold(bridge, "before it had registered", "is the domain other.v2fly.org the same there");
            then(heard.lines("refused"))
                    .isNotEmpty()
                    .first()
                    .asString()
                    .contains("is the domain the same on both sides");
            then(portal.snapshot().tunnels()).isEmpty();
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void a_wrong_domain_for_v2rays_portal_is_told() throws IOException {
        try (End portal = Theirs.portal(meeting)::close;
                Bridge bridge = Ours.bridge(meeting.domain("other.v2fly.org"))
                        .dialTimeout(REGISTRATION)
                        .start()) {
            thenIsTold(bridge, "is the domain other.v2fly.org the same there");
        }
    }

    @Test
    void a_port_that_is_taken_is_named() throws IOException {
        try (ServerSocket taken = new ServerSocket(meeting.visitors(), 1, InetAddress.getLoopbackAddress())) {
            thenThrownBy(() -> Ours.portal(meeting).start().close())
                    .isInstanceOf(TunnelException.class)
                    .hasMessageContaining("inbound \"visitors\"")
                    .hasMessageContaining("cannot listen on port " + taken.getLocalPort() + " of 127.0.0.1")
                    .hasMessageContaining("choose another port");
        }
        // nothing of the first attempt is left
        Ours.portal(meeting).start().close();
    }

    @Test
    void a_portal_that_cannot_be_reached_is_told() throws IOException {
        Heard heard = new Heard();
        try (Bridge bridge = Ours.bridge(meeting).listener(heard).start()) {
            thenIsTold(
                    bridge,
                    "cannot reach tcp:127.0.0.1:" + meeting.bridges(),
                    "is it running there, and does a firewall let it through?");
            then(heard.lines("dial failed")).isNotEmpty();
        }
    }

    @Test
    void a_name_that_does_not_resolve_is_told() throws IOException {
        try (Bridge bridge = ReverseTunnel.bridge("bridge")
                .domain(meeting.domain())
                .connect(Vmess.client("portal.invalid", Ports.free()).user(meeting.id()))
                .forward("127.0.0.1", origin.port())
                .start()) {
            thenIsTold(bridge, "portal.invalid", "does not resolve", "is it spelled right");
        }
    }

    @Test
    void a_visitor_without_a_bridge_is_told_to_the_owner() throws IOException {
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting)
                .waitForBridge(Duration.ofMillis(200))
                .listener(heard)
                .start()) {
            Client.Transfer visit = Client.download(portal.port("visitors"), 1, 1);

            then(visit.bytes()).isZero();
            then(visit.end()).isEqualTo(Client.End.RESET);
            await().untilAsserted(() -> then(heard.lines("failed"))
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("no bridge is connected to portal \"portal\"")
                    .contains("is one running with domain " + meeting.domain()));
        }
    }

    private static void thenIsTold(Bridge bridge, String... parts) {
        thenThrownBy(() -> bridge.awaitReady(PATIENCE))
                .isInstanceOf(TunnelException.class)
                .hasMessageContainingAll(parts);
    }
}
