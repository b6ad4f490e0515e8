package dev.reversetunnel.config;

import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Servers that answer with their names, to streams and to datagrams: so one sees where somebody has come. */
final class NamedOrigins implements AutoCloseable {
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final List<ServerSocket> streams = new ArrayList<>();
    private final List<DatagramSocket> datagrams = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "named-origin");
        thread.setDaemon(true);
        return thread;
    });

    NamedOrigins(List<String> names) throws IOException {
        for (String name : names) {
            int port = dev.reversetunnel.peers.Ports.free();
            ServerSocket stream = new ServerSocket(port, 256, InetAddress.getLoopbackAddress());
            streams.add(stream);
            DatagramSocket socket = new DatagramSocket(port, InetAddress.getLoopbackAddress());
            datagrams.add(socket);
            ports.put(name, port);
            threads.execute(() -> accept(name, stream));
            threads.execute(() -> answer(name, socket));
        }
    }

    /** Of each name. */
    Map<String, Integer> ports() {
        return ports;
    }

    private void accept(String name, ServerSocket server) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                threads.execute(() -> talk(name, socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    /** After the first words; and reads to the end, for a reset could overtake the answer. */
    private static void talk(String name, Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            if (in.read() >= 0) {
                socket.getOutputStream().write((name + "\n").getBytes(StandardCharsets.US_ASCII));
                socket.shutdownOutput();
                in.skip(Long.MAX_VALUE);
            }
        } catch (IOException gone) {
            return;
        }
    }

    /** With its name and what was said. */
    private static void answer(String name, DatagramSocket socket) {
        byte[] room = new byte[2_048];
        while (!socket.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(room, room.length);
                socket.receive(packet);
                String said = new String(room, 0, packet.getLength(), StandardCharsets.US_ASCII);
                byte[] answer = (name + " " + said).getBytes(StandardCharsets.US_ASCII);
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            } catch (SocketException closed) {
                if (socket.isClosed()) {
                    return;
                }
            } catch (IOException unreachable) {
                continue; // who asked is gone
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (ServerSocket server : streams) {
            server.close();
        }
        datagrams.forEach(DatagramSocket::close);
        threads.shutdownNow();
    }
}
