package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.bridge;
import static dev.reversetunnel.Tunnels.portal;
import static dev.reversetunnel.Tunnels.visit;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Half of something is never shown as the whole. */
class CutTest {
    private static final int SIZE = 2 * 1024 * 1024;

    /** Stands between bridge and portal, and cuts after so many bytes towards the portal. */
    private static final class Cutter implements AutoCloseable {
        final AtomicLong left = new AtomicLong(Long.MAX_VALUE);
        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final int target;
        private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
        volatile boolean byReset;

        Cutter(int target) throws IOException {
            this.target = target;
            start(this::accept);
        }

        int port() {
            return server.getLocalPort();
        }

        private static void start(Runnable task) {
            Thread thread = new Thread(task, "cutter");
            thread.setDaemon(true);
            thread.start();
        }

        private void accept() {
            try {
                while (true) {
                    Socket bridge = server.accept();
                    Socket portal = new Socket(InetAddress.getLoopbackAddress(), target);
                    sockets.add(bridge);
                    sockets.add(portal);
                    start(() -> pump(bridge, portal, true));
                    start(() -> pump(portal, bridge, false));
                }
            } catch (IOException e) {
                return; // closed
            }
        }

        private void pump(Socket from, Socket to, boolean cuts) {
            byte[] piece = new byte[8_192];
            try (from;
                    to) {
                for (int length = from.getInputStream().read(piece);
                        length >= 0;
                        length = from.getInputStream().read(piece)) {
                    long rest = cuts ? left.addAndGet(-length) : 0;
                    to.getOutputStream().write(piece, 0, (int) Math.max(0, Math.min(length, length + rest)));
                    if (rest < 0) {
                        if (byReset) {
                            from.setSoLinger(true, 0);
                            to.setSoLinger(true, 0);
                        }
                        left.set(Long.MAX_VALUE);
                        return;
                    }
                }
            } catch (IOException e) {
                return; // the other direction has closed
            } finally {
                sockets.remove(from);
                sockets.remove(to);
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void a_tunnel_that_is_cut_anywhere_is_a_reset_for_its_visitors() throws Exception {
        Random random = new Random(42);
        try (Origin origin = new Origin(socket -> {
                    socket.getInputStream().read();
                    socket.getOutputStream().write(new byte[SIZE]);
                });
                Portal portal = portal();
                Cutter cutter = new Cutter(portal.port("tunnels"));
                Bridge bridge = Tunnels.ready(Tunnels.bridge(cutter.port()).forward("127.0.0.1", origin.port()))) {
            for (int i = 0; i < 50; i++) {
                try (Socket visitor = visit(portal)) {
                    cutter.byReset = i % 2 == 0;
                    cutter.left.set(random.nextInt(SIZE));
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
