package dev.reversetunnel.vless;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Takes everything, and answers each connection's first bytes. */
final class FallbackServer implements AutoCloseable {
    private final ServerSocket server;
    private final byte[] reply;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();

    FallbackServer(String reply) throws IOException {
        this.reply = reply.getBytes(StandardCharsets.US_ASCII);
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    int connections() {
        return connections.get();
    }

    /** All that came, once it is so much. */
    byte[] awaitBytes(int count) throws InterruptedException {
        synchronized (received) {
            while (received.size() < count) {
                received.wait();
            }
            return received.toByteArray();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                connections.incrementAndGet();
                sockets.add(socket);
                daemon(() -> serve(socket));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket socket) {
        try {
            InputStream in = socket.getInputStream();
            byte[] bytes = new byte[4_096];
            boolean answered = false;
            for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                synchronized (received) {
                    received.write(bytes, 0, count);
                    received.notifyAll();
                }
                if (!answered) {
                    answered = true;
                    socket.getOutputStream().write(reply);
                }
            }
            socket.shutdownOutput();
        } catch (IOException e) {
            // what the client sees of it is seen by him
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "fallback server");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
