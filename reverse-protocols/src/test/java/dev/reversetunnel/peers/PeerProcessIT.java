package dev.reversetunnel.peers;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How peers come and go, by the example of the one that starts in the shortest time. */
@RequiresPeer("sing-box")
class PeerProcessIT {
    private final int port = Ports.free();

    @Test
    void a_port_that_is_taken_for_a_moment_is_tried_again() throws Exception {
        CompletableFuture<SingBox> starting;
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            starting = CompletableFuture.supplyAsync(() -> SingBox.start(SingBoxDocuments.proxy(taken.getLocalPort())));
            await().until(() -> PeerProcess.known().stream().anyMatch(peer -> !peer.isAlive()));
        }
        try (SingBox peer = starting.get(Client.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            then(peer.isAlive()).isTrue();
        }
    }

    @Test
    void a_port_that_stays_taken_is_told() throws IOException {
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            thenThrownBy(() -> SingBox.start(SingBoxDocuments.proxy(taken.getLocalPort())))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("address already in use");
        }
        then(PeerProcess.known()).noneMatch(PeerProcess::isAlive);
    }

    @Test
    void a_killed_peer_leaves_nothing_behind() throws IOException {
        SingBox peer = SingBox.start(SingBoxDocuments.proxy(port));

        peer.kill();

        then(ProcessHandle.of(peer.pid())).isEmpty();
        then(peer.directory()).doesNotExist();
        new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }
}
