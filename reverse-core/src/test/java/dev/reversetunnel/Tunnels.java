package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.lab.FaultHandler;
import dev.reversetunnel.lab.Faults;
import dev.reversetunnel.mux.MuxConnection;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/** What end-to-end tests share: a portal and a bridge over a plain carrier on loopback, origins and visitors. */
final class Tunnels {
    static final String DOMAIN = "reverse.test.internal";
    static final int SOCKET_TIMEOUT = 20_000;

    private Tunnels() {}

    static InetAddress loopback() {
        return InetAddress.getLoopbackAddress();
    }

    /** A portal with a port for bridges, {@code tunnels}, and one for visitors, {@code visitors}. */
    static Portal.Builder portal(int tunnelPort) {
        return ReverseTunnel.portal("edge")
                .domain(DOMAIN)
                .listen(Plain.server(Transport.tcp(), tunnelPort, Grant.REGISTER))
                .listen(Inbound.port(0).address("127.0.0.1"));
    }

    static Bridge.Builder bridge(int tunnelPort) {
        return ReverseTunnel.bridge("shop").domain(DOMAIN).connect(Plain.client(Transport.tcp(), tunnelPort));
    }

    static Portal portal() throws TunnelException {
        return portal(0).start();
    }

    /** A bridge that forwards to an origin, with a tunnel that is up. */
    static Bridge bridge(Portal portal, int originPort) throws Exception {
        return ready(bridge(portal.port("tunnels")).forward("127.0.0.1", originPort));
    }

    static Bridge ready(Bridge.Builder builder) throws Exception {
        Bridge bridge = builder.start();
        bridge.awaitReady(Duration.ofSeconds(10));
        return bridge;
    }

    static Socket visit(Portal portal) throws IOException {
        return connect(portal.port("visitors"));
    }

    static Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(loopback(), port), SOCKET_TIMEOUT);
        socket.setSoTimeout(SOCKET_TIMEOUT);
        return socket;
    }

    /** Who connects there is reset: after his connect() has returned, or before. */
    static void thenResets(int port) {
        thenThrownBy(() -> {
                    try (Socket visitor = connect(port)) {
                        visitor.getInputStream().read();
                    }
                })
                .isInstanceOf(SocketException.class)
                .isNotInstanceOf(ConnectException.class)
                .hasMessageContaining("reset");
    }

    /** One line to an echo and back. */
    static String say(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        return line(socket.getInputStream());
    }

    static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                return line + " and then the end";
            }
            line.append((char) next);
        }
        return line.toString();
    }

    /** As if the machine of this end had gone, and its network with it. */
    static void goWithoutAWord(MuxConnection end) {
        end.carrier().pipeline().addFirst(new FaultHandler(new Faults().blackHole(), new Faults().blackHole()));
    }

    /** A port that nobody listens on, nor gets by chance for a connection of his own: below those that Linux gives. */
    static int freePort() throws IOException {
        BindException taken = new BindException("no free port");
        for (int tries = 0; tries < 100; tries++) {
            int port = ThreadLocalRandom.current().nextInt(10_000, 30_000);
            try (ServerSocket server = new ServerSocket(port, 1, loopback())) {
                return server.getLocalPort();
            } catch (BindException e) {
                taken.addSuppressed(e);
            }
        }
        throw taken;
    }

    static long reverseThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("reverse-loop")
                        || thread.getName().startsWith("reverse-resolver"))
                .count();
    }

    /** What an origin does with a connection; closed afterwards. */
    interface Talk {
        void with(Socket socket) throws Exception;
    }

    /** A server of blocking sockets behind the bridge. */
    static final class Origin implements Closeable {
        final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
        private final ServerSocket server;
        private final ExecutorService threads = Executors.newCachedThreadPool();

        Origin(Talk talk) throws IOException {
            this(talk, failure -> {});
        }

        /** Tells what the talk throws, too. */
        Origin(Talk talk, Consumer<Exception> failed) throws IOException {
            server = new ServerSocket(0, 4_096, loopback());
            threads.execute(() -> accept(talk, failed));
        }

        static Origin echo() throws IOException {
            return new Origin(socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
        }

        private void accept(Talk talk, Consumer<Exception> failed) {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    sockets.add(socket);
                    threads.execute(() -> talk(talk, socket, failed));
                } catch (IOException | java.util.concurrent.RejectedExecutionException e) {
                    return;
                }
            }
        }

        private void talk(Talk talk, Socket socket, Consumer<Exception> failed) {
            try (socket) {
                socket.setSoTimeout(SOCKET_TIMEOUT);
                talk.with(socket);
            } catch (Exception e) {
                failed.accept(e);
            } finally {
                sockets.remove(socket);
            }
        }

        int port() {
            return server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
            threads.shutdownNow();
        }
    }
}
