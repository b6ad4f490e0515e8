package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.bridge;
import static dev.reversetunnel.Tunnels.portal;
import static dev.reversetunnel.Tunnels.visit;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What arrives, and how ends are told, from a visitor's socket to an origin's and back. */
class TransferTest {
    private static final int MIB = 1024 * 1024;

    @Test
    void echoes_64_mib_unchanged() throws Exception {
        int size = 64 * MIB;
        try (Origin origin = Origin.echo();
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port());
                Socket visitor = visit(portal)) {
            MessageDigest sent = MessageDigest.getInstance("SHA-256");
            MessageDigest received = MessageDigest.getInstance("SHA-256");
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    Random random = new Random(1);
                    byte[] piece = new byte[65_521];
                    for (int left = size; left > 0; ) {
                        random.nextBytes(piece);
                        int length = Math.min(left, piece.length);
                        visitor.getOutputStream().write(piece, 0, length);
                        sent.update(piece, 0, length);
                        left -= length;
                    }
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            InputStream in = new DigestInputStream(visitor.getInputStream(), received);
            then(in.readNBytes(size)).hasSize(size);
            sending.get(10, TimeUnit.SECONDS);
            then(received.digest()).isEqualTo(sent.digest());
            then(bridge.snapshot().tunnels().get(0).bytesReceived()).isGreaterThanOrEqualTo(size);
        }
    }

    @Test
    void serves_500_visitors_at_once() throws Exception {
        try (Origin origin = Origin.echo();
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port())) {
            List<Socket> visitors = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                visitors.add(visit(portal));
            }
            for (int i = 0; i < 500; i++) {
                visitors.get(i).getOutputStream().write(("visitor " + i + "\n").getBytes());
            }
            for (int i = 0; i < 500; i++) {
                then(Tunnels.line(visitors.get(i).getInputStream())).isEqualTo("visitor " + i);
                visitors.get(i).close();
            }
            then(portal.snapshot().refused() + portal.snapshot().failed()).isZero();
            then(bridge.snapshot().refused() + bridge.snapshot().failed()).isZero();
        }
    }

    @Test
    void serves_2000_short_connections_in_a_row() throws Exception {
        try (Origin origin = new Origin(socket -> {
                    socket.getInputStream().read();
                    socket.getOutputStream().write("ok".getBytes());
                });
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port())) {
            for (int i = 0; i < 2_000; i++) {
                try (Socket visitor = visit(portal)) {
                    visitor.getOutputStream().write(1);
                    then(new String(visitor.getInputStream().readAllBytes())).isEqualTo("ok");
                }
            }
            await().untilAsserted(() -> {
                then(portal.snapshot().tunnels()).allMatch(tunnel -> tunnel.openSessions() == 1);
                then(bridge.snapshot().tunnels()).allMatch(tunnel -> tunnel.openSessions() == 1);
            });
        }
    }

    @Test
    void a_visitor_who_resets_is_a_reset_for_his_origin_alone() throws Exception {
        BlockingQueue<Exception> failures = new LinkedBlockingQueue<>();
        try (Origin origin = new Origin(
                        socket -> socket.getInputStream().transferTo(socket.getOutputStream()), failures::add);
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port());
                Socket other = visit(portal)) {
            then(Tunnels.say(other, "hello")).isEqualTo("hello");
            Socket visitor = visit(portal);
            then(Tunnels.say(visitor, "good bye")).isEqualTo("good bye");
            visitor.setSoLinger(true, 0);
            visitor.close();

            then(failures.poll(10, TimeUnit.SECONDS)).isInstanceOf(SocketException.class);
            then(Tunnels.say(other, "still here")).isEqualTo("still here");
        }
    }

    @Test
    void a_visitor_who_goes_in_the_middle_of_a_download_is_a_reset_for_his_origin() throws Exception {
        BlockingQueue<Exception> failures = new LinkedBlockingQueue<>();
        try (Origin origin = new Origin(
                        socket -> {
                            while (true) {
                                socket.getOutputStream().write(new byte[65_536]);
                            }
                        },
                        failures::add);
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port())) {
            try (Socket visitor = visit(portal)) {
                then(visitor.getInputStream().readNBytes(MIB)).hasSize(MIB);
            }
            then(failures.poll(10, TimeUnit.SECONDS)).isInstanceOf(SocketException.class);
            await().until(() -> portal.snapshot().tunnels().get(0).openSessions() == 1);
        }
    }

    @Test
    void an_origin_that_refuses_is_a_reset_at_once_for_its_visitor_alone() throws Exception {
        Heard heard = new Heard();
        int closedPort = Tunnels.freePort();
        try (Origin origin = Origin.echo();
                ReverseTunnel portal = ReverseTunnel.node()
                        .inbound("tunnels", Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                        .inbound("good", Inbound.port(0).address("127.0.0.1").to("good.example", 80))
                        .inbound("bad", Inbound.port(0).address("127.0.0.1").to("bad.example", 80))
                        .portal("portal", Tunnels.DOMAIN)
                        .route(Rule.any().to("portal"))
                        .start();
                ReverseTunnel bridge = ReverseTunnel.node()
                        .bridge("bridge", Tunnels.DOMAIN)
                        .outbound("dial", Plain.client(Transport.tcp(), portal.port("tunnels")))
                        .outbound("origin", Outbound.to("127.0.0.1", origin.port()))
                        .outbound("nothing", Outbound.to("127.0.0.1", closedPort))
                        .route(
                                Rule.inbound("bridge")
                                        .domain("full:" + Tunnels.DOMAIN)
                                        .to("dial"),
                                Rule.inbound("bridge")
                                        .domain("full:good.example")
                                        .to("origin"),
                                Rule.inbound("bridge")
                                        .domain("full:bad.example")
                                        .to("nothing"))
                        .listener(heard)
                        .start();
                Socket good = Tunnels.connect(portal.port("good"))) {
            then(Tunnels.say(good, "hello")).isEqualTo("hello");
            Tunnels.thenResets(portal.port("bad"));
            then(Tunnels.say(good, "still here")).isEqualTo("still here");
            then(heard.of("failed"))
                    .singleElement()
                    .asString()
                    .contains("bad.example", "127.0.0.1:" + closedPort, "refused");
            then(bridge.snapshot().failed()).isEqualTo(1);
        }
    }

    @Test
    void an_origin_that_resets_is_a_reset_for_its_visitor() throws Exception {
        try (Origin origin = new Origin(socket -> {
                    socket.getOutputStream().write(new byte[100_000]);
                    socket.getInputStream().read(); // all was taken
                    socket.setSoLinger(true, 0);
                });
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port());
                Socket visitor = visit(portal)) {
            then(visitor.getInputStream().readNBytes(100_000)).hasSize(100_000);
            visitor.getOutputStream().write(1);
            thenThrownBy(() -> visitor.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16_360, 16_361, MIB, 5 * MIB})
    void an_origins_end_is_a_clean_end_behind_all_bytes(int size) throws Exception {
        try (Origin origin = new Origin(socket -> {
                    socket.getInputStream().read();
                    socket.getOutputStream().write(new byte[size]);
                });
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port());
                Socket visitor = visit(portal)) {
            visitor.getOutputStream().write(1);
            then(visitor.getInputStream().readAllBytes()).hasSize(size);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_whole_answer_comes_after_the_visitors_end(boolean atOnce) throws Exception {
        try (Origin origin = new Origin(socket -> {
                    socket.getInputStream().readNBytes(200_000); // the end itself cannot be told by Mux.cool
                    socket.getOutputStream().write(new byte[MIB]);
                });
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port());
                Socket visitor = visit(portal)) {
            if (!atOnce) {
                await().until(() -> bridge.snapshot().tunnels().get(0).openSessions() == 2);
            }
            visitor.getOutputStream().write(new byte[200_000]);
            visitor.shutdownOutput();
            then(visitor.getInputStream().readAllBytes()).hasSize(MIB);
        }
    }

    @Test
    void a_large_answer_comes_slowly_after_the_visitors_end() throws Exception {
        int size = 48 * MIB; // more than all kernel buffers on the way
        try (Origin origin = new Origin(socket -> {
                    socket.getInputStream().readNBytes(5);
                    socket.getOutputStream().write(new byte[size]);
                });
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port());
                Socket visitor = visit(portal)) {
            visitor.getOutputStream().write("hello".getBytes());
            visitor.shutdownOutput();
            // he reads nothing until everything on the way is full
            await().until(() -> bridge.snapshot().tunnels().get(0).bytesSent() > MIB);
            await().during(java.time.Duration.ofMillis(300)).until(() -> true);
            then(visitor.getInputStream().readAllBytes()).hasSize(size);
        }
    }

    @Test
    void the_visitors_end_reaches_his_origin_which_may_go_on_answering() throws Exception {
        try (Origin origin = new Origin(socket -> {
                    socket.getInputStream().read();
                    socket.getOutputStream().write(new byte[1_000]);
                    then(socket.getInputStream().read()).isEqualTo(-1);
                    socket.getOutputStream().write(new byte[2_000]);
                    socket.shutdownOutput();
                });
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port());
                Socket visitor = visit(portal)) {
            visitor.getOutputStream().write(1);
            then(visitor.getInputStream().readNBytes(1_000)).hasSize(1_000);
            visitor.shutdownOutput();
            then(visitor.getInputStream().readAllBytes()).hasSize(2_000);
            await().until(() -> portal.snapshot().tunnels().get(0).openSessions() == 1);
            then(bridge.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void an_answer_of_a_foreign_bridge_that_pauses_after_the_visitors_end_is_never_shown_as_whole() throws Exception {
        try (Portal portal = portal();
                FakeBridge bridge = FakeBridge.understanding(portal, ControlName.values());
                Socket visitor = visit(portal)) {
            then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            visitor.shutdownOutput();
            thenThrownBy(() -> visitor.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
            then(bridge.isOpen()).isTrue();
        }
    }

    @Test
    void the_answer_to_an_upload_that_nobody_wants_arrives_whole() throws Exception {
        try (Origin origin = new Origin(socket -> {
                    socket.getInputStream().read();
                    socket.getOutputStream().write(new byte[MIB]);
                    socket.shutdownOutput();
                    socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream()); // lingers
                });
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port());
                Socket visitor = visit(portal)) {
            CompletableFuture<Void> uploading = CompletableFuture.runAsync(() -> {
                try {
                    for (int i = 0; i < 1_000; i++) {
                        visitor.getOutputStream().write(new byte[65_536]);
                    }
                } catch (IOException expected) {
                    return; // he may be told that nobody listens, but only behind the answer
                }
            });
            then(visitor.getInputStream().readNBytes(MIB)).hasSize(MIB);
            then(visitor.getInputStream().read()).isEqualTo(-1);
            visitor.close();
            uploading.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void a_slow_reader_of_a_whole_answer_gets_all_of_it() throws Exception {
        try (Origin origin = new Origin(socket -> socket.getOutputStream().write(new byte[3 * MIB]));
                Portal portal = portal();
                Bridge bridge = bridge(portal, origin.port());
                Socket visitor = visit(portal)) {
            then(visitor.getInputStream().readAllBytes()).hasSize(3 * MIB);
        }
    }
}
