package dev.reversetunnel.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server of datagrams behind tunnels, at 127.0.0.1: a plain blocking socket and a daemon thread. It answers each
 * datagram with copies of it.
 *
 * <p>Safe for use by several threads.
 */
public final class DatagramOrigin implements AutoCloseable {
    private final DatagramSocket socket;
    private final int answers;
    private final AtomicInteger received = new AtomicInteger();
    private final Set<SocketAddress> sources = ConcurrentHashMap.newKeySet();
    private final Thread thread = new Thread(this::answerAll, "datagram-origin");

    private DatagramOrigin(DatagramSocket socket, int answers) {
        this.socket = socket;
        this.answers = answers;
        thread.setDaemon(true);
    }

    /**
     * One that answers each datagram with one.
     *
     * @return bound
     */
    public static DatagramOrigin echo() {
        return answering(0, 1);
    }

    /**
     * The same at the port of a server for TCP: peers that forward both have one target.
     *
     * @param origin whose port is taken; it should have been {@link Ports#free()}, which no datagrams use
     * @return bound
     */
    public static DatagramOrigin beside(Origin origin) {
        return answering(origin.port(), 1);
    }

    /**
     * One that answers each datagram with several, all the same.
     *
     * @param answers how many; 0: it only counts
     * @return bound
     */
    public static DatagramOrigin answering(int answers) {
        return answering(0, answers);
    }

    private static DatagramOrigin answering(int port, int answers) {
        try {
            DatagramOrigin origin = new DatagramOrigin(
                    new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)), answers);
            origin.thread.start();
            return origin;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Where it is bound.
     *
     * @return 1 to 65535
     */
    public int port() {
        return socket.getLocalPort();
    }

    /**
     * Where it is bound, as documents want it.
     *
     * @return {@code 127.0.0.1:port}
     */
    public String address() {
        return "127.0.0.1:" + port();
    }

    /**
     * Datagrams that have come so far.
     *
     * @return a count
     */
    public int received() {
        return received.get();
    }

    /**
     * Who has sent them: as many as there are sockets at the private end.
     *
     * @return each address once
     */
    public Set<SocketAddress> sources() {
        return Set.copyOf(sources);
    }

    /** Stops answering. */
    @Override
    public void close() {
        socket.close();
    }

    private void answerAll() {
        byte[] bytes = new byte[65_535];
        while (!socket.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
                socket.receive(packet);
                received.incrementAndGet();
                sources.add(packet.getSocketAddress());
                for (int answer = 0; answer < answers; answer++) {
                    socket.send(packet);
                }
            } catch (IOException e) {
                // closed, or who had asked is gone
            }
        }
    }
}
