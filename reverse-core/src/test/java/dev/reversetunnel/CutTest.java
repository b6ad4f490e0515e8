package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.bridge;
import static dev.reversetunnel.Tunnels.portal;
import static dev.reversetunnel.Tunnels.visit;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.lab.FaultProxy;
import java.net.Socket;
import java.net.SocketException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Half of something is never shown as the whole. {@code -Dintegrity.cuts} says how often the tunnel is cut: 50 times
 * unless set, 2,000 times with {@code -Plong}.
 */
class CutTest {
    private static final int CUTS = (int) IntegrityTest.number("integrity.cuts", 50);
    private static final int SIZE = 2 * 1024 * 1024;

    @Test
    void a_tunnel_that_is_cut_anywhere_is_a_reset_for_its_visitors() throws Exception {
        Random random = new Random(42);
        try (Origin origin = new Origin(socket -> {
                    socket.getInputStream().read();
                    socket.getOutputStream().write(new byte[SIZE]);
                });
                Portal portal = portal();
                FaultProxy line = FaultProxy.to(portal.port("tunnels"));
                Bridge bridge = Tunnels.ready(Tunnels.bridge(line.port()).forward("127.0.0.1", origin.port()))) {
            for (int i = 0; i < CUTS; i++) {
                try (Socket visitor = visit(portal)) {
                    int offset = random.nextInt(SIZE);
                    if (i % 2 == 0) {
                        line.toTarget().resetOnceAfter(offset);
                    } else {
                        line.toTarget().cutOnceAfter(offset);
                    }
                    visitor.getOutputStream().write(1);
                    thenThrownBy(() -> visitor.getInputStream().readAllBytes())
                            .as("cut %s", i)
                            .isInstanceOf(SocketException.class)
                            .hasMessageContaining("reset");
                }
            }
            try (Socket visitor = visit(portal)) {
                visitor.getOutputStream().write(1);
                then(visitor.getInputStream().readAllBytes()).hasSize(SIZE);
            }
            then(bridge.snapshot().tunnels()).isNotEmpty();
        }
    }

    enum Closed {
        PORTAL,
        BRIDGE,
        PORTAL_ON_A_LOOP
    }

    @ParameterizedTest
    @EnumSource(Closed.class)
    void a_node_that_is_closed_is_a_reset_for_visitors_and_origins(Closed which) throws Exception {
        var seen = new java.util.concurrent.LinkedBlockingQueue<String>();
        Portal[] closing = new Portal[1];
        try (Origin origin = new Origin(socket -> {
                    try {
                        socket.getOutputStream().write(new byte[SIZE]);
                        long got = socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
                        seen.add("clean end after " + got);
                    } catch (SocketException e) {
                        seen.add("reset");
                    }
                });
                Portal portal = portal(0)
                        .listener(new TunnelListener() {
                            @Override
                            public void tunnelDraining(TunnelSnapshot tunnel) {
                                closing[0].close();
                            }
                        })
                        .start();
                Bridge bridge = bridge(portal, origin.port());
                Socket visitor = visit(portal);
                Socket stalled = visit(portal)) {
            closing[0] = portal;
            then(visitor.getInputStream().readNBytes(SIZE)).hasSize(SIZE);
            visitor.getOutputStream().write(new byte[100_000]);
            await().until(() -> bridge.snapshot().tunnels().get(0).openSessions() == 3);
            switch (which) {
                case PORTAL -> portal.close();
                case BRIDGE -> bridge.close();
                case PORTAL_ON_A_LOOP -> portal.drain(java.time.Duration.ofMillis(200));
            }
            thenThrownBy(() -> visitor.getInputStream().read()).isInstanceOf(SocketException.class);
            thenThrownBy(() -> {
                        then(stalled.getInputStream().readNBytes(SIZE)).hasSize(SIZE);
                        stalled.getInputStream().read();
                    })
                    .isInstanceOf(SocketException.class);
            then(seen.poll(10, java.util.concurrent.TimeUnit.SECONDS)).isEqualTo("reset");
            then(seen.poll(10, java.util.concurrent.TimeUnit.SECONDS)).isEqualTo("reset");
        }
    }
}
