package dev.reversetunnel.peers;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A user in front of tunnels who sends datagrams, from one socket at 127.0.0.1.
 *
 * <p>Whoever waits longer than {@link Client#PATIENCE} for a datagram gets a {@link java.net.SocketTimeoutException}.
 */
public final class DatagramClient implements AutoCloseable {
    private final DatagramSocket socket;

    private DatagramClient(DatagramSocket socket) {
        this.socket = socket;
    }

    /**
     * A new user.
     *
     * @return bound
     * @throws IOException if there is no port left
     */
    public static DatagramClient open() throws IOException {
        DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        socket.setSoTimeout((int) Client.PATIENCE.toMillis());
        return new DatagramClient(socket);
    }

    /**
     * Sends a datagram and waits for the next that comes.
     *
     * @param port at 127.0.0.1
     * @param text ASCII
     * @return the text that came
     * @throws IOException if nothing comes
     */
    public String exchange(int port, String text) throws IOException {
        send(port, text.getBytes(StandardCharsets.US_ASCII));
        return new String(receive(), StandardCharsets.US_ASCII);
    }

    /**
     * Sends a datagram.
     *
     * @param port at 127.0.0.1
     * @param payload 0 to 65,507 bytes
     * @throws IOException if the system refuses
     */
    public void send(int port, byte[] payload) throws IOException {
        socket.send(new DatagramPacket(payload, payload.length, InetAddress.getLoopbackAddress(), port));
    }

    /**
     * Waits for the next datagram.
     *
     * @return its payload
     * @throws IOException if nothing comes
     */
    public byte[] receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        socket.receive(packet);
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    /**
     * Where it sends from, at 127.0.0.1.
     *
     * @return 1 to 65535
     */
    public int port() {
        return socket.getLocalPort();
    }

    @Override
    public void close() {
        socket.close();
    }
}
