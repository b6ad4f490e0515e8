package dev.reversetunnel.peers;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.peers.V2RayDocuments.Security;
import java.io.IOException;
import java.net.Socket;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two V2Rays and nothing of ours: what interoperability tests stand on. */
@RequiresPeer("v2ray")
class V2RayIT {
    private static final String DOMAIN = "test.v2fly.org";
    private static final long BYTES = 64 << 20;

    private final UUID id = UUID.randomUUID();
    private final int users = Ports.free();
    private final int bridges = Ports.free();
    private final Origin origin = Origin.start();

    private final V2Ray portal = V2Ray.start(V2RayDocuments.portal(users, bridges, id, DOMAIN));

    @AfterEach
    void close() {
        portal.close();
        origin.close();
    }

    @ParameterizedTest
    @EnumSource
    void portal_and_bridge_answer_a_request(Security security) {
        try (V2Ray bridge = V2Ray.start(V2RayDocuments.bridge(bridges, id, DOMAIN, origin.address(), security))) {
            awaitTunnel();
            then(bridge.isAlive()).isTrue();
        }
    }

    @Test
    void bytes_arrive_unchanged_in_both_directions() throws IOException {
        try (V2Ray bridge = V2Ray.start(V2RayDocuments.bridge(bridges, id, DOMAIN, origin.address()))) {
            awaitTunnel();

            Client.Transfer transfer = Client.download(users, BYTES, 1);
            String uploaded = Client.upload(users, BYTES, 2);

            then(transfer.bytes()).isEqualTo(BYTES);
            then(transfer.sha256()).isEqualTo(Client.sha256(BYTES, 1));
            then(uploaded).isEqualTo(Client.sha256(BYTES, 2));
            then(bridge.isAlive()).isTrue();
        }
    }

    @Test
    void a_killed_portal_ends_its_users_connections() throws IOException {
        try (V2Ray bridge = V2Ray.start(V2RayDocuments.bridge(bridges, id, DOMAIN, origin.address()))) {
            awaitTunnel();
            try (Socket user = Client.connect(users)) {
                then(Client.echo(user, "here")).isEqualTo("here");

                portal.kill();

                then(portal.isAlive()).isFalse();
                then(Client.readToEnd(user).bytes()).isZero();
                thenThrownBy(() -> Client.connect(users)).isInstanceOf(IOException.class);
            }
            await().untilAsserted(() -> then(origin.open()).isZero());
            then(bridge.isAlive()).isTrue();
        }
    }

    @Test
    void a_document_that_it_refuses_is_told_with_its_own_words() {
        thenThrownBy(() -> V2Ray.start("{"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ended with code 2")
                .hasMessageContaining("failed to read config file");
    }

    @Test
    void stops_as_services_do() {
        then(portal.output()).anyMatch(line -> line.endsWith(" started"));

        portal.stop();

        then(portal.isAlive()).isFalse();
        then(ProcessHandle.of(portal.pid())).isEmpty();
    }

    private void awaitTunnel() {
        await().ignoreExceptions().untilAsserted(() -> then(Client.get(users)).isEqualTo(Origin.BODY));
    }
}
