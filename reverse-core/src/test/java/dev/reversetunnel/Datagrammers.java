package dev.reversetunnel;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What tests of datagrams share: services and visitors on loopback, by blocking sockets. */
final class Datagrammers {
    private Datagrammers() {}

    private static DatagramPacket packet(byte[] bytes, InetSocketAddress to) {
        return new DatagramPacket(bytes, bytes.length, to);
    }

    /** Answers each datagram with its own name and what came. */
    static final class Echo implements Closeable {
        /** The source ports that it saw, in the order of its datagrams. */
        final List<Integer> sources = new CopyOnWriteArrayList<>();

        private final DatagramSocket socket = new DatagramSocket(0, Tunnels.loopback());
        private final String name;
        private final Thread thread;

        Echo(String name) throws SocketException {
            this.name = name;
            this.thread = new Thread(this::serve, "echo-" + name);
            thread.setDaemon(true);
            thread.start();
        }

        private void serve() {
            byte[] room = new byte[65_535];
            try {
                while (true) {
                    DatagramPacket packet = new DatagramPacket(room, room.length);
                    socket.receive(packet);
                    sources.add(packet.getPort());
                    byte[] prefix = name.getBytes(StandardCharsets.US_ASCII);
                    byte[] answer = new byte[prefix.length + packet.getLength()];
                    System.arraycopy(prefix, 0, answer, 0, prefix.length);
                    System.arraycopy(room, 0, answer, prefix.length, packet.getLength());
                    socket.send(packet(answer, (InetSocketAddress) packet.getSocketAddress()));
                }
            } catch (IOException closed) {
                return;
            }
        }

        int port() {
            return socket.getLocalPort();
        }

        /** From this socket to any port, asked or not. */
        void push(String text, int port) throws IOException {
            socket.send(
                    packet(text.getBytes(StandardCharsets.US_ASCII), new InetSocketAddress(Tunnels.loopback(), port)));
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    /** Sends to one port and hears its answers. */
    static final class Visitor implements Closeable {
        private final DatagramSocket socket = new DatagramSocket(0, Tunnels.loopback());
        private final InetSocketAddress remote;

        Visitor(int port) throws SocketException {
            remote = new InetSocketAddress(Tunnels.loopback(), port);
            socket.setSoTimeout(Tunnels.SOCKET_TIMEOUT);
        }

        void send(String text) throws IOException {
            send(text.getBytes(StandardCharsets.US_ASCII));
        }

        void send(byte[] bytes) throws IOException {
            socket.send(packet(bytes, remote));
        }

        byte[] receiveBytes() throws IOException {
            DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
            socket.receive(packet);
            return java.util.Arrays.copyOf(packet.getData(), packet.getLength());
        }

        String receive() throws IOException {
            return new String(receiveBytes(), StandardCharsets.US_ASCII);
        }

        /** To an echo and back; asks again, as all who use datagrams do. */
        String say(String text) throws IOException {
            socket.setSoTimeout(1_000);
            try {
                for (int i = 0; i < 20; i++) {
                    send(text);
                    try {
                        return receive();
                    } catch (SocketTimeoutException e) {
                        continue;
                    }
                }
            } finally {
                socket.setSoTimeout(Tunnels.SOCKET_TIMEOUT);
            }
            throw new SocketTimeoutException("no answer to " + text);
        }

        int port() {
            return socket.getLocalPort();
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}
